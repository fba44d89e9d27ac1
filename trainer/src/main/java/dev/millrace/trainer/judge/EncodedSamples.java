package dev.millrace.trainer.judge;

import dev.millrace.inference.encoder.Encoded;
import dev.millrace.inference.encoder.OrtEncoder;
import dev.millrace.schemas.AcceptedSample;
import dev.millrace.trainer.evaluate.HeadAnswers;
import dev.millrace.trainer.evaluate.LabelledEmbeddings;
import dev.millrace.trainer.ingest.SampleInput;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What one version makes of the samples that verdicts are based on, computed once for each sample. Owned by the publishing
 * thread.
 */
final class EncodedSamples {
    private static final int CHUNK = 32;

    private final long version;
    private final List<String> outputSet;
    private final Map<Key, EncodedSample> known = new HashMap<>();

    /** One sample; an id alone may come again with another content when the dedupe window is over. */
    private record Key(String id, int partition, long offset) {
        static Key of(AcceptedSample sample) {
            return new Key(sample.getId(), sample.getSourcePartition(), sample.getSourceOffset());
        }
    }

    /**
     * @param version 0 is the base model
     * @param outputSet labels of the version's head; empty when it has none
     */
    EncodedSamples(long version, List<String> outputSet) {
        this.version = version;
        this.outputSet = List.copyOf(outputSet);
    }

    long version() {
        return version;
    }

    /** Forgets what is not asked about any more and says what is asked about and not known yet, shortest input first. */
    List<AcceptedSample> missing(List<AcceptedSample> samples) {
        Set<Key> wanted = new HashSet<>();
        List<AcceptedSample> missing = new ArrayList<>();
        for (AcceptedSample sample : samples) {
            Key key = Key.of(sample);
            if (wanted.add(key) && !known.containsKey(key)) {
                missing.add(sample);
            }
        }
        known.keySet().retainAll(wanted);
        missing.sort(Comparator.comparingInt(SampleInput::length)); // Less padding.
        return missing;
    }

    /**
     * Encodes samples by a session of this version.
     *
     * @throws InterruptedIOException when the thread is interrupted: all of them may take many seconds
     */
    void encode(List<AcceptedSample> samples, OrtEncoder encoder) throws InterruptedIOException {
        for (int from = 0; from < samples.size(); from += CHUNK) {
            if (Thread.currentThread().isInterrupted()) {
                throw new InterruptedIOException(
                        "interrupted with " + (samples.size() - from) + " samples to encode by version " + version);
            }
            List<AcceptedSample> chunk = samples.subList(from, Math.min(from + CHUNK, samples.size()));
            Encoded encoded = encoder.encode(chunk.stream().map(SampleInput::of).toList());
            for (int i = 0; i < chunk.size(); i++) {
                known.put(Key.of(chunk.get(i)), new EncodedSample(encoded.embeddings()[i], encoded.probabilities()[i]));
            }
        }
    }

    /** Embeddings of samples that were all encoded before, in their order. */
    LabelledEmbeddings embeddings(List<AcceptedSample> samples) {
        float[][] rows =
                samples.stream().map(sample -> known(sample).embedding()).toArray(float[][]::new);
        return new LabelledEmbeddings(
                rows, samples.stream().map(AcceptedSample::getLabel).toList());
    }

    /** What the version's own head says of samples that were all encoded before; empty where it has none. */
    Optional<HeadAnswers> head(List<AcceptedSample> samples) {
        if (outputSet.isEmpty()) {
            return Optional.empty();
        }
        float[][] rows =
                samples.stream().map(sample -> known(sample).probabilities()).toArray(float[][]::new);
        return Optional.of(HeadAnswers.of(rows, outputSet));
    }

    private EncodedSample known(AcceptedSample sample) {
        EncodedSample encoded = known.get(Key.of(sample));
        if (encoded == null) {
            throw new IllegalStateException("sample " + sample.getId() + " was not encoded by version " + version);
        }
        return encoded;
    }
}
