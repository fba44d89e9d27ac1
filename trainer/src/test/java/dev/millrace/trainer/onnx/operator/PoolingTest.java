package dev.millrace.trainer.onnx.operator;

import static dev.millrace.trainer.onnx.HostArray.floats;
import static dev.millrace.trainer.onnx.HostArray.random;
import static dev.millrace.trainer.onnx.HostArray.spaced;
import static dev.millrace.trainer.onnx.operator.OperatorCheck.assertRefused;

import dev.millrace.trainer.onnx.HostArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
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

    static Stream<OneNode> everything() {
        Random random = new Random(SEED);
        List<OneNode> nodes = new ArrayList<>();
        HostArray x = spaced(random, 0.05, 2, 2, 5, 6);
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
