package dev.millrace.trainer.onnx.operator;

import static dev.millrace.trainer.onnx.HostArray.floats;
import static dev.millrace.trainer.onnx.HostArray.random;
import static dev.millrace.trainer.onnx.HostArray.spaced;
import static dev.millrace.trainer.onnx.operator.OperatorCheck.assertRefused;

import dev.millrace.trainer.onnx.HostArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PoolingTest {
    private static final long SEED = 12;

    private static OneNode drawn(Random random, String operator) {
        int axes = 1 + random.nextInt(2);
        long[] x = new long[2 + axes];
        long[] kernel = new long[axes];
        long[] strides = new long[axes];
        long[] pads = new long[2 * axes];
        x[0] = 1L + random.nextInt(2);
        x[1] = 1L + random.nextInt(3);
        for (int i = 0; i < axes; i++) {
            x[2 + i] = 4L + random.nextInt(4);
            kernel[i] = 1L + random.nextInt(3);
            strides[i] = 1L + random.nextInt(3);
            pads[i] = random.nextInt((int) kernel[i]);
            pads[axes + i] = random.nextInt((int) kernel[i]);
        }
        OneNode node = OneNode.of(operator, 11 + random.nextInt(11), spaced(random, 0.05, x))
                .with("kernel_shape", kernel)
                .with("strides", strides)
                .with("pads", pads)
                .with("ceil_mode", random.nextInt(2));
        return operator.equals("AveragePool") ? node.with("count_include_pad", random.nextInt(2)) : node;
    }

    /** Windows that reach beyond the padding count differently from opset 19 on. */
    private static List<OneNode> beyondThePadding(Random random) {
        List<OneNode> nodes = new ArrayList<>();
        for (int axes = 1; axes <= 3; axes++) {
            long[] shape = {1, 2, 5, 6, 4};
            HostArray x = spaced(random, 0.05, Arrays.copyOf(shape, 2 + axes));
            for (int opset : new int[] {11, 18, 19, 21}) {
                for (int countsPadding = 0; countsPadding < 2; countsPadding++) {
                    nodes.add(OneNode.of("AveragePool", opset, x)
                            .with("kernel_shape", ofAll(3, axes))
                            .with("strides", ofAll(3, axes))
                            .with("pads", ofAll(1, 2 * axes))
                            .with("ceil_mode", 1)
                            .with("count_include_pad", countsPadding));
                }
            }
        }
        return nodes;
    }

    private static long[] ofAll(long value, int axes) {
        return LongStream.generate(() -> value).limit(axes).toArray();
    }

    static Stream<OneNode> everything() {
        Random random = new Random(SEED);
        HostArray x = spaced(random, 0.05, 2, 2, 5, 6);
        List<OneNode> nodes = new ArrayList<>(beyondThePadding(random));
        for (String name : List.of("MaxPool", "AveragePool")) {
            for (int i = 0; i < 20; i++) {
                nodes.add(drawn(random, name));
            }
            nodes.add(OneNode.of(name, 13, x).with("kernel_shape", 2, 3));
            for (String pad : List.of("SAME_UPPER", "SAME_LOWER", "VALID")) {
                nodes.add(OneNode.of(name, 13, x)
                        .with("kernel_shape", 2, 3)
                        .with("strides", 2, 2)
                        .with("auto_pad", pad));
            }
            nodes.add(OneNode.of(name, 13, x)
                    .with("kernel_shape", 2, 3)
                    .with("strides", 3, 3)
                    .with("ceil_mode", 1));
            nodes.add(OneNode.of("Global" + name, 13, x));
            nodes.add(OneNode.of("Global" + name, 11, spaced(random, 0.05, 2, 3, 4)));
        }
        return nodes.stream();
    }

    @ParameterizedTest
    @MethodSource("everything")
    void agreesWithOnnxRuntime(OneNode node) throws Exception {
        OperatorCheck.assertParity(node);
    }

    @ParameterizedTest
    @MethodSource("everything")
    void hasTheGradientOfItsSlope(OneNode node) throws Exception {
        OperatorCheck.assertGradient(node, SEED);
    }

    @Test
    void refusesWhatItDoesNotCompute() {
        HostArray x = floats(new long[] {1, 1, 2, 2}, 1, 2, 3, 4);
        OneNode pool = OneNode.of("MaxPool", 13, x).with("kernel_shape", 1, 1);
        assertRefused(pool.outputs(2), "the output Indices is not supported");
        assertRefused(pool.with("dilations", 2, 1), "dilations other than 1 are not supported");
    }
}
