package dev.millrace.trainer.onnx.operator;

import static dev.millrace.trainer.onnx.HostArray.random;
import static dev.millrace.trainer.onnx.HostArray.randomLongs;
import static dev.millrace.trainer.onnx.HostArray.vector;

import dev.millrace.trainer.onnx.HostArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LayoutTest {
    private static final long SEED = 6;

    /** Every case once with floats and once with integers, which take the way over the host when stored. */
    private static Stream<OneNode> over(HostArray x, HostArray thin) {
        List<OneNode> nodes = new ArrayList<>();
        nodes.add(OneNode.of("Identity", 13, x));
        nodes.add(OneNode.of("Reshape", 13, x, vector(4, 6)));
        nodes.add(OneNode.of("Reshape", 13, x, vector(0, -1)));
        nodes.add(OneNode.of("Reshape", 14, x, vector(-1)).with("allowzero", 1));
        nodes.add(OneNode.of("Flatten", 13, x));
        nodes.add(OneNode.of("Flatten", 13, x).with("axis", 0));
        nodes.add(OneNode.of("Flatten", 13, x).with("axis", -1));
        nodes.add(OneNode.of("Transpose", 13, x));
        nodes.add(OneNode.of("Transpose", 13, x).with("perm", 1, 2, 0));
        nodes.add(OneNode.of("Unsqueeze", 11, x).with("axes", new long[] {1}));
        nodes.add(OneNode.of("Unsqueeze", 13, x, vector(-1)));
        nodes.add(OneNode.of("Unsqueeze", 13, x, vector(0, -2)));
        nodes.add(OneNode.of("Squeeze", 11, thin).with("axes", new long[] {-1}));
        nodes.add(OneNode.of("Squeeze", 13, thin, vector(0, 2)));
        nodes.add(OneNode.of("Squeeze", 13, thin));
        nodes.add(OneNode.of("Expand", 13, thin, vector(2, 1, 4)));
        nodes.add(OneNode.of("Expand", 13, thin, vector(2, 1, 1, 1)));
        nodes.add(OneNode.of("Tile", 13, x, vector(1, 2, 1)));
        return nodes.stream();
    }

    static Stream<OneNode> floats() {
        Random random = new Random(SEED);
        HostArray x = random(random, -2, 2, 2, 3, 4);
        return Stream.concat(over(x, random(random, -2, 2, 1, 3, 1)), Stream.of(OneNode.of("Dropout", 13, x)));
    }

    static Stream<OneNode> everything() {
        Random random = new Random(SEED + 1);
        HostArray x = randomLongs(random, -9, 9, 2, 3, 4);
        Stream<OneNode> shapes = Stream.of(
                OneNode.of("Size", 13, x),
                OneNode.of("Shape", 13, x),
                OneNode.of("Shape", 15, x).with("start", 1),
                OneNode.of("Shape", 15, x).with("start", -2).with("end", -1),
                OneNode.of("Shape", 15, x).with("start", 2).with("end", 1),
                OneNode.of("Transpose", 13, random(random, -1, 1)));
        return Stream.of(floats(), over(x, randomLongs(random, -9, 9, 1, 3, 1)), shapes)
                .flatMap(s -> s);
    }

    @ParameterizedTest
    @MethodSource("everything")
    void agreesWithOnnxRuntime(OneNode node) throws Exception {
        OperatorCheck.assertParity(node);
    }

    @ParameterizedTest
    @MethodSource("floats")
    void hasTheGradientOfItsSlope(OneNode node) throws Exception {
        OperatorCheck.assertGradient(node, SEED);
    }
}
