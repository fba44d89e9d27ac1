package dev.millrace.bench;

import ai.djl.Device;
import ai.djl.pytorch.jni.JniUtils;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import dev.millrace.scenario.CountArgument;
import dev.millrace.trainer.learn.PreparedBatch;
import dev.millrace.trainer.onnx.UnsupportedGraphException;
import dev.millrace.trainer.onnx.operator.Precision;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * One training step of MiniLM, 32 texts of 64 tokens, all weights but the word embeddings, beside two yardsticks that are
 * measured in turns with it: the machine's float matmul rate in the same native runtime, and the same step done the plain
 * way ({@link PlainStep}). Then both on WordNet glosses of natural length, batch 16, without replay: new samples a second
 * of ours, and its time by that of the plain way, which fills every row up to the longest of its batch. Where the CPU has
 * instructions for bfloat16, our step in it ({@code policy.precision}) takes its turn in each round too.
 *
 * <p>FLOPs are those of the matrix products: {@code 2 rows inner columns} each, forward, and twice that backward. Medians
 * of the rounds. Where the time of our step goes is told beside it. Arguments: rounds (default 9).
 */
public final class TrainStepBench {
    private static final int DEFAULT_ROUNDS = 9;
    private static final int ROWS = 32;
    private static final int COLUMNS = 64;
    private static final int PROFILED = 5;
    private static final int GLOSS_BATCHES = 30;
    private static final int GLOSS_WARM_UP = 5;
    private static final double MILLIS = 1e3;
    private static final double GIGA = 1e9;
    /** A step: forward, gradient in the inputs, gradient in the weights. */
    private static final double PASSES = 3;

    private final BenchEncoder encoder;
    private final @Nullable BenchEncoder coarse;
    private final int rounds;
    private final StopBetweenSteps stop = StopBetweenSteps.install();

    private TrainStepBench(BenchEncoder encoder, @Nullable BenchEncoder coarse, int rounds) {
        this.encoder = encoder;
        this.coarse = coarse;
        this.rounds = rounds;
    }

    /** Runs the benchmark. */
    public static void main(String[] arguments) throws Exception {
        int rounds = CountArgument.of("bench train-step", arguments, DEFAULT_ROUNDS);
        boolean hasCoarse = Precision.BFLOAT16.isNativeOn(Device.cpu());
        try (BenchEncoder encoder = encoder(Precision.FLOAT32);
                BenchEncoder coarse = hasCoarse ? encoder(Precision.BFLOAT16) : null) {
            System.out.println(new TrainStepBench(encoder, coarse, rounds).run());
        }
        System.exit(0); // Threads of the native runtime stay.
    }

    private static BenchEncoder encoder(Precision precision) throws Exception {
        return new BenchEncoder(
                Map.of("TRAINER_REPLAY__PER_BATCH", "0", "TRAINER_POLICY__PRECISION", precision.name()));
    }

    private String run() throws Exception {
        List<StepRounds.Round> measured = new ArrayList<>();
        StepProfile profile = new StepProfile();
        try (StepRounds steps = new StepRounds(encoder, coarse, BenchEncoder.words(ROWS, COLUMNS))) {
            steps.measure(); // warms up
            for (int i = 0; i < rounds; i++) {
                stop.pass();
                StepRounds.Round round = steps.measure();
                measured.add(round);
                System.err.printf(
                        Locale.ROOT,
                        "round %d  ours %.0f ms  in bfloat16 %.0f ms  plain %.0f ms  product %.1f ms  dispatch %.1f ms%n",
                        i + 1,
                        round.ours() * MILLIS,
                        round.coarse() * MILLIS,
                        round.plain() * MILLIS,
                        round.product() * MILLIS,
                        round.dispatch() * MILLIS);
            }
            for (int i = 0; i < PROFILED; i++) {
                stop.pass();
                steps.profile(profile);
            }
        }
        System.err.printf("where the time of a step goes, one of the two halves of the batch:%n%s", profile.report());
        return json(measured, natural());
    }

    /**
     * Glosses.
     *
     * @param perSecond new samples of ours
     * @param vsPlain its time by that of the plain way
     * @param coarseVsPlain its time in bfloat16 by that of the plain way
     */
    private record Natural(double perSecond, double vsPlain, double coarseVsPlain) {}

    private String json(List<StepRounds.Round> measured, Natural natural) {
        double ours = median(measured, StepRounds.Round::ours);
        double gflops = stepFlops() / ours / GIGA;
        double matmulGflops = median(measured, StepRounds.Round::productFlops) / GIGA;
        double inBfloat16 = median(measured, StepRounds.Round::coarse);
        double plain = median(measured, StepRounds.Round::plain);
        return String.format(
                Locale.ROOT,
                "{\"stepMillis\":%.1f,\"gflops\":%.1f,\"matmulGflops\":%.1f,\"matmulShare\":%.3f,\"vsPlain\":%.3f,"
                        + "\"dispatchShare\":%.4f,\"naturalSamplesPerSecond\":%.1f,\"naturalVsPlain\":%.3f,"
                        + "\"bfloat16StepMillis\":%s,\"bfloat16VsPlain\":%s,\"bfloat16NaturalVsPlain\":%s}",
                ours * MILLIS,
                gflops,
                matmulGflops,
                gflops / matmulGflops,
                ours / plain,
                median(measured, StepRounds.Round::dispatch) / ours,
                natural.perSecond(),
                natural.vsPlain(),
                orNull("%.1f", inBfloat16 * MILLIS),
                orNull("%.3f", inBfloat16 / plain),
                orNull("%.3f", natural.coarseVsPlain()));
    }

    /** What was not measured is NaN, which JSON does not know. */
    private static String orNull(String format, double value) {
        return Double.isNaN(value) ? "null" : String.format(Locale.ROOT, format, value);
    }

    /** First ours alone, then batch by batch in turns with bfloat16 and the plain way. */
    private Natural natural() throws UnsupportedGraphException {
        try (Trainee trainee = Trainee.of(encoder);
                Trainee coarseTrainee = coarse == null ? null : Trainee.of(coarse);
                PlainStep plainStep =
                        new PlainStep(encoder.pooled(), encoder.config().policy(), StepRounds.CLASSES)) {
            double alone = 0;
            double ours = 0;
            double inBfloat16 = coarseTrainee == null ? Double.NaN : 0;
            double plain = 0;
            for (PreparedBatch batch : encoder.glosses(GLOSS_WARM_UP + 2 * GLOSS_BATCHES)) {
                double now = trainee.step(batch);
                if (batch.offset() >= GLOSS_WARM_UP + GLOSS_BATCHES) {
                    ours += now;
                    inBfloat16 += coarseTrainee == null ? Double.NaN : coarseTrainee.step(batch);
                    JniUtils.setNumThreads(encoder.config().policy().threads());
                    plain += StepRounds.seconds(() -> plainStep.apply(batch));
                } else if (batch.offset() >= GLOSS_WARM_UP) {
                    alone += now;
                }
                stop.pass();
            }
            double samples = GLOSS_BATCHES * encoder.config().batch().size();
            return new Natural(samples / alone, ours / plain, inBfloat16 / plain);
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

    private static double median(List<StepRounds.Round> rounds, ToDoubleFunction<StepRounds.Round> figure) {
        double[] sorted = rounds.stream().mapToDouble(figure).sorted().toArray();
        return sorted[sorted.length / 2];
    }
}
