package dev.millrace.trainer.onnx.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.GradientCollector;
import dev.millrace.trainer.onnx.HostArray;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The other way to compute a linear layer gives the same numbers, whether this processor profits from it or not. */
class PointwiseConvolutionTest {
    private static final long SEED = 10;
    private static final int IN = 128;
    private static final int OUT = 96;

    /** Rounding of sums over some hundred products. */
    private static final double TOLERANCE = 2e-3;

    @ParameterizedTest
    @CsvSource({"7, 30, true", "7, 30, false", "1, 3, true"})
    void equalsTheDirectWayForwardAndBackward(int batch, int columns, boolean withBias) {
        Random random = new Random(SEED);
        try (NDManager manager = Engine.getEngine("PyTorch").newBaseManager(Device.cpu())) {
            PtNDArray x = leaf(random, manager, batch, columns, IN);
            PtNDArray stored = leaf(random, manager, IN, OUT);
            PtNDArray bias = leaf(random, manager, OUT);
            PtNDArray given = withBias ? bias : null;

            List<double[]> direct =
                    results(() -> JniUtils.linear(x, JniUtils.transpose(stored, 0, 1), given), x, stored, given);
            List<double[]> convolved = results(
                    () -> PointwiseConvolution.linear(x, JniUtils.transpose(stored, 0, 1), given), x, stored, given);

            for (int i = 0; i < direct.size(); i++) {
                assertThat(convolved.get(i)).containsExactly(direct.get(i), within(TOLERANCE));
            }
        }
    }

    private static PtNDArray leaf(Random random, NDManager manager, long... shape) {
        NDArray array = HostArray.random(random, -1, 1, shape).toArray(manager);
        array.setRequiresGradient(true);
        return (PtNDArray) array;
    }

    /** Returns the output and the gradients of all operands. */
    private static List<double[]> results(
            Supplier<NDArray> layer, PtNDArray x, PtNDArray weight, @Nullable PtNDArray bias) {
        try (GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector()) {
            NDArray output = layer.get();
            collector.backward(output.square().sum());
            List<double[]> results = new ArrayList<>();
            results.add(HostArray.of(output).values());
            results.add(takeGradient(x));
            results.add(takeGradient(weight));
            if (bias != null) {
                results.add(takeGradient(bias));
            }
            return results;
        }
    }

    private static double[] takeGradient(PtNDArray leaf) {
        double[] values = HostArray.of(leaf.getGradient()).values();
        JniUtils.zeroGrad(leaf);
        return values;
    }

    @ParameterizedTest
    @CsvSource({
        "AuthenticAMD, 26, avx2 avx512f, 0",
        "AuthenticAMD, 25, avx2 avx512f, 768",
        "AuthenticAMD, 25, avx2, 2147483647",
        "GenuineIntel, 6, avx2 avx512f, 2147483647"
    })
    void isChosenWhereTheDirectWayIsSlow(String vendor, int family, String flags, long rows, @TempDir Path directory)
            throws Exception {
        Path file = Files.writeString(
                directory.resolve("cpuinfo"),
                "vendor_id\t: " + vendor + "\ncpu family\t: " + family + "\nflags\t\t: fpu " + flags + "\n");

        assertThat(PointwiseConvolution.fewestRowsOn(file)).isEqualTo(rows);
    }

    @Test
    void isNotChosenOnAnUnknownProcessor(@TempDir Path directory) {
        assertThat(PointwiseConvolution.fewestRowsOn(directory.resolve("absent")))
                .isEqualTo(Integer.MAX_VALUE);
    }
}
