package dev.millrace.inference.serve;

import dev.millrace.inference.encoder.Encoded;
import dev.millrace.inference.encoder.EncoderInput;
import dev.millrace.inference.encoder.InputKind;
import dev.millrace.inference.load.EmbeddingModel;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/**
 * A model by hand: the embedding of a text is its length in every direction, normalised; each batch is noted. Texts named
 * {@code "boom"} fail, those named {@code "overflow"} become NaN. Can be held at a gate.
 */
final class FakeModel implements EmbeddingModel {
    static final int DIMENSION = 4;

    final List<List<String>> batches = new CopyOnWriteArrayList<>();
    final CountDownLatch entered = new CountDownLatch(1);
    volatile CountDownLatch gate = new CountDownLatch(0);

    private final long version;
    private final List<String> labels;

    FakeModel(long version, String... labels) {
        this.version = version;
        this.labels = List.of(labels);
    }

    @Override
    public long version() {
        return version;
    }

    @Override
    public int dimension() {
        return DIMENSION;
    }

    @Override
    public List<String> labels() {
        return labels;
    }

    @Override
    public InputKind input() {
        return InputKind.TEXT;
    }

    @Override
    public Encoded encode(List<EncoderInput> inputs) {
        List<String> texts =
                inputs.stream().map(input -> ((EncoderInput.Text) input).text()).toList();
        batches.add(texts);
        entered.countDown();
        try {
            gate.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        if (texts.contains("boom")) {
            throw new IllegalStateException("boom");
        }
        float[][] embeddings = new float[texts.size()][];
        float[][] probabilities = new float[texts.size()][];
        int[] tokens = new int[texts.size()];
        for (int i = 0; i < texts.size(); i++) {
            embeddings[i] = embedding(texts.get(i));
            probabilities[i] = new float[labels.size()];
            for (int k = 0; k < labels.size(); k++) {
                probabilities[i][k] = (k + 1) / (labels.size() * (labels.size() + 1) / 2f);
            }
            tokens[i] = texts.get(i).split(" ").length + 2;
        }
        return new Encoded(embeddings, probabilities, probabilities, tokens);
    }

    static float[] embedding(String text) {
        float[] embedding = new float[DIMENSION];
        Arrays.fill(embedding, 0.5f);
        embedding[1] = text.equals("overflow") ? Float.NaN : 0.5f;
        embedding[0] = text.length() % 2 == 0 ? 0.5f : -0.5f;
        return embedding;
    }

    @Override
    public void close() {}
}
