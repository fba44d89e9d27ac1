package dev.millrace.trainer.policy;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.millrace.inference.encoder.TokenBatch;
import dev.millrace.trainer.onnx.Placement;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * A process of its own, so that no other test allocates beside it: trains at changing shapes and prints how fast managed
 * arrays, heap and native memory grow, in arrays and bytes a step.
 */
final class MemorySlopeRun {
    static final String ANSWER = "slopes ";
    private static final int SHAPES = 20;
    private static final int WARM_UP_ROUNDS = 15;
    private static final int ROUNDS = 30;
    private static final int FORGOTTEN_FLOATS = 4096;
    /** What waits for a cleaner or a finalizer goes with a later collection. */
    private static final int COLLECTIONS = 3;

    private MemorySlopeRun() {}

    /** What is in use after one round of all shapes. */
    private record Look(double arrays, double heap, double nativeBytes) {}

    /** Arguments: settings of the policy, whether memory is shared, whether each step forgets an array. */
    public static void main(String[] arguments) throws Exception {
        PolicyConfig config = PolicySettings.of(arguments[0]);
        Placement placement = new Placement(Device.cpu(), Boolean.parseBoolean(arguments[1]));
        boolean forget = Boolean.parseBoolean(arguments[2]);
        try (TinyTraining training = TinyTraining.open(config, placement);
                NDManager forgetful = NDManager.newBaseManager(Device.cpu())) {
            training.train(0, 3);
            List<Look> looks = new ArrayList<>();
            for (int round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
                for (int shape = 0; shape < SHAPES; shape++) {
                    step(training, TinyNetwork.tokens(1 + shape % 9, 2 + shape % 7, shape));
                    if (forget) {
                        forgetful.zeros(new Shape(FORGOTTEN_FLOATS));
                    }
                }
                if (round >= WARM_UP_ROUNDS) {
                    looks.add(look(training));
                }
            }
            System.out.printf(
                    Locale.ROOT,
                    ANSWER + "%f %f %f%n",
                    slope(looks, Look::arrays),
                    slope(looks, Look::heap),
                    slope(looks, Look::nativeBytes));
        }
    }

    private static void step(TinyTraining training, TokenBatch tokens) {
        try (PolicyStep step = training.policy.openStep(tokens)) {
            step.embeddings();
            double[][] gradient = new double[tokens.rows()][training.policy.classes()];
            double[][] logits = step.logits();
            for (int row = 0; row < tokens.rows(); row++) {
                gradient[row][row % gradient[row].length] = Math.tanh(logits[row][0]) - 1;
            }
            training.policy.update(step, gradient);
        }
        training.logits(tokens);
        training.weights();
    }

    private static Look look(TinyTraining training) {
        for (int i = 0; i < COLLECTIONS; i++) {
            System.gc();
        }
        return new Look(
                training.policy.arrays(),
                ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
                NativeMemory.used());
    }

    /** Median over the rounds: what the virtual machine takes now and then does not move it. */
    private static double slope(List<Look> looks, ToDoubleFunction<Look> measure) {
        List<Double> slopes = new ArrayList<>();
        for (int i = 1; i < looks.size(); i++) {
            slopes.add((measure.applyAsDouble(looks.get(i)) - measure.applyAsDouble(looks.get(i - 1))) / SHAPES);
        }
        slopes.sort(null);
        return slopes.get(slopes.size() / 2);
    }
}
