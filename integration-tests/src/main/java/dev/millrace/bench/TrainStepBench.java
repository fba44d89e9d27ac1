package dev.millrace.bench;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import dev.millrace.inference.encoder.TokenBatch;
import dev.millrace.trainer.learn.Learner;
import dev.millrace.trainer.learn.PreparedBatch;
import dev.millrace.trainer.learn.SampleRows;
import dev.millrace.trainer.onnx.GraphExecutor;
import dev.millrace.trainer.onnx.ParameterStore;
import dev.millrace.trainer.onnx.UnsupportedGraphException;
import dev.millrace.trainer.policy.EncoderPolicy;
import dev.millrace.trainer.policy.PolicyStep;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * One training step of MiniLM, 32 texts of 64 tokens, all weights but the word embeddings, beside two yardsticks that are
 * measured in turns with it: the machine's float matmul rate in the same native runtime, and the same step done the plain
 * way ({@link PlainStep}). Then new samples a second on WordNet glosses of natural length, batch 16, without replay.
 *
 * <p>FLOPs are those of the matrix products: {@code 2 rows inner columns} each, forward, and twice that backward. Medians
 * of the rounds. Arguments: rounds (default 9).
 */
public final class TrainStepBench {
    private static final int DEFAULT_ROUNDS = 9;
    private static final int ROWS = 32;
    private static final int COLUMNS = 64;
    private static final int CLASSES = 40;
    private static final int SQUARE = 1_536;
    private static final int GLOSS_BATCHES = 40;
    private static final int GLOSS_WARM_UP = 5;
    private static final double NANOS = 1e9;
    /** A step: forward, gradient in the inputs, gradient in the weights. */
    private static final double PASSES = 3;

    private final BenchEncoder encoder;
    private final int rounds;

    private TrainStepBench(BenchEncoder encoder, int rounds) {
        this.encoder = encoder;
        this.rounds = rounds;
    }

    /** Runs the benchmark. */
    public static void main(String[] arguments) throws Exception {
        int rounds = arguments.length == 0 ? DEFAULT_ROUNDS : Integer.parseInt(arguments[0]);
        try (BenchEncoder encoder = new BenchEncoder(Map.of("TRAINER_REPLAY__PER_BATCH", "0"))) {
            System.out.println(new TrainStepBench(encoder, rounds).run());
        }
        System.exit(0); // Threads of the native runtime stay.
    }

    private String run() throws Exception {
        double[] ours = new double[rounds];
        double[] forward = new double[rounds];
        double[] plain = new double[rounds];
        double[] product = new double[rounds];
        double[] dispatch = new double[rounds];
        int operators;
        PreparedBatch batch = BenchEncoder.words(ROWS, COLUMNS);
        int[] labels = new int[ROWS];
        Arrays.setAll(labels, row -> row % CLASSES);
        try (EncoderPolicy policy = encoder.openPolicy();
                PlainStep plainStep =
                        new PlainStep(encoder.pooled(), encoder.config().policy(), CLASSES);
                DispatchCost dispatchCost = new DispatchCost();
                NDManager manager = NDManager.newBaseManager(Device.cpu())) {
            policy.enterThread();
            Learner learner = encoder.learner(policy);
            operators = operators();
            NDArray square = manager.randomNormal(new Shape(SQUARE, SQUARE));
            for (int round = -1; round < rounds; round++) {
                int at = Math.max(0, round); // The first round warms up.
                policy.enterThread();
                ours[at] = seconds(() -> learner.apply(batch));
                forward[at] = forwardSeconds(policy, batch);
                JniUtils.setNumThreads(encoder.config().policy().threads());
                plain[at] = seconds(() -> plainStep.apply((TokenBatch) SampleRows.join(batch.samples()), labels));
                product[at] = seconds(() -> square.matMul(square).close());
                dispatch[at] = dispatchCost.measure() / NANOS;
                System.err.printf(
                        Locale.ROOT,
                        "round %d  ours %.0f ms  plain %.0f ms  product %.1f ms  dispatch %.1f us%n",
                        round,
                        ours[at] * 1e3,
                        plain[at] * 1e3,
                        product[at] * 1e3,
                        dispatch[at] * 1e6);
            }
        }
        System.err.printf(
                Locale.ROOT,
                "of our step: forward %.0f ms; loss, backward, clipping and AdamW %.0f ms%n",
                median(forward) * 1e3,
                (median(ours) - median(forward)) * 1e3);
        return json(median(ours), median(plain), median(product), median(dispatch) * operators, naturalPerSecond());
    }

    private String json(double ours, double plain, double product, double dispatch, double naturalPerSecond) {
        double gflops = stepFlops() / ours / NANOS;
        double matmulGflops = 2.0 * SQUARE * SQUARE * SQUARE / product / NANOS;
        return String.format(
                Locale.ROOT,
                "{\"stepMillis\":%.1f,\"gflops\":%.1f,\"matmulGflops\":%.1f,\"matmulShare\":%.3f,\"vsPlain\":%.3f,"
                        + "\"dispatchShare\":%.4f,\"naturalSamplesPerSecond\":%.1f}",
                ours * 1e3,
                gflops,
                matmulGflops,
                gflops / matmulGflops,
                ours / plain,
                dispatch / ours,
                naturalPerSecond);
    }

    private static double forwardSeconds(EncoderPolicy policy, PreparedBatch batch) {
        return seconds(() -> {
            try (PolicyStep step = policy.openStep(SampleRows.join(batch.samples()))) {
                step.embeddings();
                step.logits();
            }
        });
    }

    private int operators() throws Exception {
        var graph = encoder.pooled().withCosineHead(CLASSES, 1).proto();
        try (ParameterStore parameters = ParameterStore.of(graph, Set.of(), Device.cpu());
                GraphExecutor executor = GraphExecutor.compile(graph, parameters)) {
            return executor.size();
        }
    }

    private double naturalPerSecond() throws UnsupportedGraphException {
        try (EncoderPolicy policy = encoder.openPolicy()) {
            policy.enterThread();
            Learner learner = encoder.learner(policy);
            List<PreparedBatch> batches = encoder.glosses(GLOSS_BATCHES);
            batches.subList(0, GLOSS_WARM_UP).forEach(learner::apply);
            List<PreparedBatch> measured = batches.subList(GLOSS_WARM_UP, GLOSS_BATCHES);
            double seconds = seconds(() -> measured.forEach(learner::apply));
            return measured.size() * encoder.config().batch().size() / seconds;
        }
    }

    private double stepFlops() {
        Map<String, TensorProto> matrices = new HashMap<>();
        for (TensorProto tensor : encoder.pooled().proto().getGraph().getInitializerList()) {
            if (tensor.getDimsCount() == 2) {
                matrices.put(tensor.getName(), tensor);
            }
        }
        double tokens = (double) ROWS * COLUMNS;
        double flops = 0;
        for (NodeProto node : encoder.pooled().proto().getGraph().getNodeList()) {
            if (node.getOpType().equals("MatMul")) {
                TensorProto matrix = matrices.get(node.getInput(1));
                // Scores and their use: rows x heads x columns x columns x width, and heads x width is the dimension.
                flops += matrix == null
                        ? 2 * tokens * COLUMNS * encoder.pooled().embeddingDimension()
                        : 2 * tokens * matrix.getDims(0) * matrix.getDims(1);
            }
        }
        return PASSES * flops;
    }

    private static double seconds(Runnable work) {
        long started = System.nanoTime();
        work.run();
        return (System.nanoTime() - started) / NANOS;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
