package dev.millrace.trainer.evaluate;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * Accuracy on the stream itself: each sample is predicted, scored and only then learnt (Gama, Sebastião and Rodrigues,
 * "On evaluating stream learning algorithms", 2013). Owned by the trainer thread.
 */
public final class Prequential {
    private final int window;
    private final double alpha;
    private final Deque<Boolean> recent;
    private int recentCorrect;
    private long seen;
    private long correct;
    private double smoothed;

    /**
     * No sample scored yet.
     *
     * @param window samples in the window accuracy, 1 or more
     * @param alpha weight of the newest sample in the smoothed accuracy, in (0, 1]; until {@code 1 / alpha} samples have
     *     come it is their plain mean
     */
    public Prequential(int window, double alpha) {
        this(new State(window, alpha, 0, 0, 0, List.of()));
    }

    private Prequential(State state) {
        this.window = state.window();
        this.alpha = state.alpha();
        this.seen = state.seen();
        this.correct = state.correct();
        this.smoothed = state.smoothed();
        this.recent = new ArrayDeque<>(state.recent());
        this.recentCorrect = (int) state.recent().stream().filter(hit -> hit).count();
    }

    /**
     * Everything a checkpoint has to hold. Immutable.
     *
     * @param window see {@link Prequential#Prequential}
     * @param alpha see {@link Prequential#Prequential}
     * @param seen samples scored
     * @param correct of them predicted rightly
     * @param smoothed exponentially weighted accuracy
     * @param recent hits and misses in the window, oldest first
     */
    public record State(int window, double alpha, long seen, long correct, double smoothed, List<Boolean> recent) {
        public State {
            recent = List.copyOf(recent);
            if (window < 1 || recent.size() > window) {
                throw new IllegalArgumentException(
                        "prequential.window must be at least 1 and hold " + recent.size() + " samples, was " + window);
            }
            if (!(alpha > 0 && alpha <= 1)) {
                throw new IllegalArgumentException("prequential.alpha must be in (0, 1], was " + alpha);
            }
        }
    }

    /** Goes on where {@code state} was taken. */
    public static Prequential restored(State state) {
        return new Prequential(state);
    }

    public State state() {
        return new State(window, alpha, seen, correct, smoothed, List.copyOf(recent));
    }

    /** Scores one prediction, made before the sample was learnt. A label never seen before counts as a miss. */
    public void score(boolean hit) {
        seen++;
        correct += hit ? 1 : 0;
        smoothed += Math.max(alpha, 1.0 / seen) * ((hit ? 1 : 0) - smoothed);
        recent.addLast(hit);
        recentCorrect += hit ? 1 : 0;
        if (recent.size() > window) {
            recentCorrect -= recent.removeFirst() ? 1 : 0;
        }
    }

    public long seen() {
        return seen;
    }

    /** Over everything scored; NaN before the first sample. */
    public double cumulative() {
        return seen == 0 ? Double.NaN : (double) correct / seen;
    }

    /** Over the newest samples; NaN before the first one. */
    public double windowed() {
        return recent.isEmpty() ? Double.NaN : (double) recentCorrect / recent.size();
    }

    /** Exponentially weighted; NaN before the first sample. */
    public double smoothed() {
        return seen == 0 ? Double.NaN : smoothed;
    }
}
