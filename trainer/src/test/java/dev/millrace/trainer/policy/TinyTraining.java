package dev.millrace.trainer.policy;

import dev.millrace.inference.encoder.EncoderGraph;
import dev.millrace.inference.encoder.TokenBatch;
import dev.millrace.trainer.onnx.Placement;
import dev.millrace.trainer.onnx.UnsupportedGraphException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Trains {@link TinyNetwork} by a fixed rule, always the same for the same numbers. */
final class TinyTraining implements AutoCloseable {
    static final int CLASSES = 3;
    private static final int ROWS = 6;

    final EncoderPolicy policy;

    private TinyTraining(EncoderPolicy policy) {
        this.policy = policy;
        policy.enterThread();
    }

    static TinyTraining open(PolicyConfig config) throws UnsupportedGraphException {
        return new TinyTraining(EncoderPolicy.open(TinyNetwork.pooled(), config));
    }

    static TinyTraining open(PolicyConfig config, Placement placement) throws UnsupportedGraphException {
        return new TinyTraining(EncoderPolicy.open(TinyNetwork.pooled(), config, placement));
    }

    /** Steps {@code from} to {@code to - 1}, each on words and lengths of its own. */
    List<Update> train(int from, int to) {
        List<Update> updates = new ArrayList<>();
        for (int number = from; number < to; number++) {
            updates.add(step(number, 1));
        }
        return updates;
    }

    /** Pulls each row's embedding towards the class of its number; the head has two classes at first, then three. */
    Update step(int number, double strength) {
        TokenBatch tokens = TinyNetwork.tokens(ROWS, 3 + number % 7, number);
        try (PolicyStep step = policy.openStep(tokens)) {
            float[][] embeddings = step.embeddings();
            while (policy.classes() < (number < 2 ? 2 : CLASSES)) {
                policy.appendClasses(List.of(embeddings[policy.classes()]));
            }
            double[][] logits = step.logits();
            double[][] gradient = new double[ROWS][policy.classes()];
            for (int row = 0; row < ROWS; row++) {
                for (int k = 0; k < policy.classes(); k++) {
                    boolean target = k == row % policy.classes();
                    gradient[row][k] = strength * (Math.tanh(logits[row][k]) - (target ? 1 : 0)) / ROWS;
                }
            }
            return policy.update(step, gradient);
        }
    }

    double[][] logits(TokenBatch tokens) {
        try (PolicyStep step = policy.openForward(tokens)) {
            step.embeddings();
            return step.logits();
        }
    }

    /** Copies of everything that a checkpoint holds. */
    List<TrainedTensor> state() {
        return policy.trained().stream()
                .map(tensor -> new TrainedTensor(
                        tensor.name(),
                        tensor.shape(),
                        copy(tensor.values()),
                        copy(tensor.first()),
                        copy(tensor.second()),
                        tensor.gathered() == null ? null : copy(tensor.gathered())))
                .toList();
    }

    EncoderPolicy.Progress progress() {
        return new EncoderPolicy.Progress(policy.steps(), policy.gathered(), policy.classes());
    }

    /** Copies of the weights of the plain graph that have changed. */
    Map<String, float[]> weights() {
        Map<String, float[]> weights = new HashMap<>();
        policy.readWeights(
                (name, shape, values) -> weights.put(name, copy(values).array()));
        return weights;
    }

    /** A weight of the network before any training. */
    static float[] base(String name) {
        FloatBuffer values = TinyNetwork.pooled().weight(name).asFloatBuffer();
        float[] copy = new float[values.remaining()];
        values.get(copy);
        return copy;
    }

    /** The network with its trained weights in the file, without head. */
    EncoderGraph exported() throws Exception {
        Map<String, java.nio.ByteBuffer> weights = new HashMap<>();
        TensorCopies copies = new TensorCopies();
        policy.readWeights((name, shape, values) -> {
            if (!name.equals(EncoderGraph.HEAD_WEIGHT)) {
                weights.put(name, copies.copy(name, values));
            }
        });
        return EncoderGraph.parse(TinyNetwork.pooled().withWeights(weights), "trained");
    }

    private static FloatBuffer copy(FloatBuffer values) {
        float[] copy = new float[values.limit()];
        values.get(0, copy);
        return FloatBuffer.wrap(copy);
    }

    @Override
    public void close() {
        policy.close();
    }
}
