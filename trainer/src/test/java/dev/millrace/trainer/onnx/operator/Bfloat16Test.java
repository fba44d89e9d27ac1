package dev.millrace.trainer.onnx.operator;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.GradientCollector;
import dev.millrace.trainer.onnx.HostArray;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A linear layer in bfloat16 and its gradients against sums in double precision over factors that are rounded here: what is
 * left between them is the rounding of the result, at most one part in 256, and that of sums in float32.
 */
class Bfloat16Test {
    private static final long SEED = 10;
    private static final int IN = 96;
    private static final int OUT = 64;
    private static final double UNIT = 1.0 / 256;

    /** Of sums of some hundred products of numbers below 1 in float32. */
    private static final double FLOAT_SUMS = 1e-5;

    @ParameterizedTest
    @CsvSource({"3, 7, true", "3, 7, false", "1, 1, true", "40, 5, false"})
    void roundsFactorsAndResultsAndNothingElse(int batch, int columns, boolean withBias) {
        Random random = new Random(SEED);
        int rows = batch * columns;
        HostArray x = HostArray.random(random, -1, 1, batch, columns, IN);
        HostArray weight = HostArray.random(random, -1, 1, IN, OUT);
        HostArray bias = HostArray.random(random, -1, 1, OUT);
        HostArray slope = HostArray.random(random, -1, 1, batch, columns, OUT);
        try (NDManager manager = Engine.getEngine("PyTorch").newBaseManager(Device.cpu())) {
            PtNDArray input = leaf(x, manager);
            PtNDArray matrix = leaf(weight, manager);
            PtNDArray vector = withBias ? leaf(bias, manager) : null;

            HostArray result = forwardAndBackward(input, matrix, vector, slope.toArray(manager));

            double[] a = rounded(x);
            double[] b = rounded(weight);
            double[] g = rounded(slope);
            double[] sums = product(a, b, rows, IN);
            if (withBias) {
                double[] added = rounded(bias);
                Arrays.setAll(sums, i -> sums[i] + added[i % OUT]);
            }
            assertThat(result.type()).isEqualTo(DataType.FLOAT32);
            assertThat(result.shape()).containsExactly(batch, columns, OUT);
            assertClose(result.values(), sums);
            assertClose(gradient(input), product(g, transposed(b, IN), rows, OUT));
            assertClose(gradient(matrix), product(transposed(a, rows), g, IN, rows));
            if (vector != null) {
                double[] ones = new double[rows];
                Arrays.fill(ones, 1);
                assertClose(gradient(vector), product(ones, g, 1, rows));
            }
        }
    }

    /** A leaf that is named as the weights of a file are. */
    private static PtNDArray leaf(HostArray values, NDManager manager) {
        NDArray array = values.toArray(manager);
        array.setName("encoder.layer.0.weight");
        array.setRequiresGradient(true);
        return (PtNDArray) array;
    }

    private static HostArray forwardAndBackward(
            PtNDArray x, PtNDArray weight, @Nullable PtNDArray bias, NDArray slope) {
        try (GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector()) {
            NDArray output = Bfloat16.linear(x, JniUtils.transpose(weight, 0, 1), bias);
            collector.backward(output.mul(slope).sum());
            return HostArray.of(output);
        }
    }

    private static double[] gradient(PtNDArray leaf) {
        NDArray gradient = leaf.getGradient();
        assertThat(gradient.getDataType()).isEqualTo(DataType.FLOAT32);
        return HostArray.of(gradient).values();
    }

    /** To the nearest number of 8 bits, of two equally near ones to the even one. */
    private static double[] rounded(HostArray values) {
        return Arrays.stream(values.values())
                .map(value -> {
                    int bits = Float.floatToRawIntBits((float) value);
                    int half = 0x7fff + (bits >>> 16 & 1);
                    return Float.intBitsToFloat(bits + half & 0xffff0000);
                })
                .toArray();
    }

    /** {@code [rows, inner]} by {@code [inner, columns]}. */
    private static double[] product(double[] left, double[] right, int rows, int inner) {
        int columns = right.length / inner;
        double[] product = new double[rows * columns];
        for (int row = 0; row < rows; row++) {
            for (int i = 0; i < inner; i++) {
                for (int column = 0; column < columns; column++) {
                    product[row * columns + column] += left[row * inner + i] * right[i * columns + column];
                }
            }
        }
        return product;
    }

    private static double[] transposed(double[] matrix, int rows) {
        int columns = matrix.length / rows;
        double[] transposed = new double[matrix.length];
        Arrays.setAll(transposed, i -> matrix[i % rows * columns + i / rows]);
        return transposed;
    }

    private static void assertClose(double[] actual, double[] exact) {
        assertThat(actual).hasSameSizeAs(exact);
        for (int i = 0; i < exact.length; i++) {
            assertThat(Math.abs(actual[i] - exact[i])).isLessThanOrEqualTo(UNIT * Math.abs(exact[i]) + FLOAT_SUMS);
            assertThat(Float.floatToRawIntBits((float) actual[i]) & 0xffff)
                    .as("bits below the eighth")
                    .isZero();
        }
    }
}
