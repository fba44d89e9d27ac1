package dev.millrace.trainer.learn;

import dev.millrace.trainer.evaluate.Prequential;
import dev.millrace.trainer.policy.OutputSet;
import dev.millrace.trainer.policy.SeededRandom;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Everything a learner remembers beside weights and moments. Mutable; owned by the trainer thread. */
public final class LearnerState {
    static final int SCORE_WINDOW = 500;
    static final double SCORE_ALPHA = 0.01;

    private final SeededRandom random;
    private final ReplayReservoir<PreparedSample> replay;
    private final Prequential prequential;
    private final Lineage lineage;
    private final TreeMap<String, Long> refused;
    private OutputSet outputs;
    private long position;
    private long batches;

    LearnerState(
            SeededRandom random,
            ReplayReservoir<PreparedSample> replay,
            Prequential prequential,
            Lineage lineage,
            OutputSet outputs) {
        this.random = random;
        this.replay = replay;
        this.prequential = prequential;
        this.lineage = lineage;
        this.outputs = outputs;
        this.refused = new TreeMap<>();
    }

    /** The state of a learner that has seen nothing. */
    public static LearnerState initial(LearnerSettings settings) {
        SeededRandom random = new SeededRandom(settings.seed());
        SeededRandom replayRandom = new SeededRandom(random.nextLong());
        return new LearnerState(
                random,
                new ReplayReservoir<>(settings.replay().capacity(), replayRandom),
                new Prequential(SCORE_WINDOW, SCORE_ALPHA),
                new Lineage(settings.sourceTopic()),
                settings.outputs(List.of()));
    }

    void restore(long position, long batches, Map<String, Long> refusedSoFar) {
        this.position = position;
        this.batches = batches;
        refused.putAll(refusedSoFar);
    }

    SeededRandom random() {
        return random;
    }

    ReplayReservoir<PreparedSample> replay() {
        return replay;
    }

    Prequential prequential() {
        return prequential;
    }

    Lineage lineage() {
        return lineage;
    }

    OutputSet outputs() {
        return outputs;
    }

    void outputs(OutputSet grown) {
        outputs = grown;
    }

    /** Next offset of the training log to apply. */
    public long position() {
        return position;
    }

    long batches() {
        return batches;
    }

    void advance(long nextPosition) {
        position = nextPosition;
        batches++;
    }

    void countRefused(String cause) {
        countRefused(cause, 1);
    }

    void countRefused(String cause, long count) {
        refused.merge(cause, count, Long::sum);
    }

    /** Steps and samples refused so far, by cause. */
    Map<String, Long> refused() {
        return refused;
    }
}
