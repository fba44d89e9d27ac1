package dev.millrace.trainer.onnx.operator;

import static dev.millrace.trainer.onnx.HostArray.floats;
import static dev.millrace.trainer.onnx.HostArray.random;
import static dev.millrace.trainer.onnx.operator.OperatorCheck.assertRefused;

import dev.millrace.trainer.onnx.HostArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ConvolutionTest {
    private static final long SEED = 11;

    /** Convolutions whose shapes and attributes are drawn: one or two spatial axes, groups, steps, gaps, pads. */
    private static OneNode drawn(Random random, String operator) {
        boolean transposed = operator.equals("ConvTranspose");
        int axes = 1 + random.nextInt(2);
        int groups = 1 + random.nextInt(3);
        long in = groups * (1L + random.nextInt(2));
        long out = groups * (1L + random.nextInt(2));
        long[] x = new long[2 + axes];
        long[] w = new long[2 + axes];
        long[] strides = new long[axes];
        long[] dilations = new long[axes];
        long[] pads = new long[2 * axes];
        x[0] = 1L + random.nextInt(2);
        x[1] = in;
        w[0] = transposed ? in : out;
        w[1] = transposed ? out / groups : in / groups;
        for (int i = 0; i < axes; i++) {
            w[2 + i] = 1L + random.nextInt(3);
            dilations[i] = 1L + random.nextInt(2);
            strides[i] = 1L + random.nextInt(3);
            x[2 + i] = 4L + random.nextInt(4);
            int reach = (int) ((w[2 + i] - 1) * dilations[i]);
            pads[i] = random.nextInt(reach + 1);
            pads[axes + i] = random.nextInt(reach + 1);
        }
        OneNode node = OneNode.of(operator, 11 + random.nextInt(11), random(random, -1, 1, x), random(random, -1, 1, w))
                .with("group", groups)
                .with("strides", strides)
                .with("dilations", dilations)
                .with("pads", pads);
        return random.nextBoolean() ? node.input(random(random, -1, 1, out)) : node;
    }

    static Stream<OneNode> everything() {
        Random random = new Random(SEED);
        List<OneNode> nodes = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            nodes.add(drawn(random, "Conv"));
            nodes.add(drawn(random, "ConvTranspose"));
        }
        HostArray x = random(random, -1, 1, 2, 4, 6, 7);
        HostArray bias = random(random, -1, 1, 4);
        HostArray depthwise = random(random, -1, 1, 4, 1, 3, 3);
        HostArray even = random(random, -1, 1, 4, 4, 2, 2);
        nodes.add(OneNode.of("Conv", 13, x, depthwise, bias).with("group", 4));
        nodes.add(OneNode.of("Conv", 11, x, even).with("kernel_shape", 2, 2));
        for (String pad : List.of("SAME_UPPER", "SAME_LOWER", "VALID", "NOTSET")) {
            nodes.add(OneNode.of("Conv", 13, x, even).with("auto_pad", pad).with("strides", 2, 2));
            nodes.add(OneNode.of("Conv", 13, x, depthwise).with("auto_pad", pad).with("group", 4));
        }
        nodes.add(OneNode.of("ConvTranspose", 13, x, even, bias)
                .with("strides", 2, 2)
                .with("output_padding", 1, 0));
        nodes.add(OneNode.of("ConvTranspose", 11, x, even).with("auto_pad", "VALID"));
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
        assertRefused(
                OneNode.of("ConvTranspose", 13, x, x).with("output_shape", 4, 4),
                "auto_pad SAME_* and output_shape are not supported; give pads");
        assertRefused(
                OneNode.of("Conv", 13, x, x).with("auto_pad", "FULL"), "auto_pad \"FULL\" is not defined by ONNX");
    }
}
