package dev.millrace.trainer.onnx.operator;

import static dev.millrace.trainer.onnx.HostArray.random;

import dev.millrace.trainer.onnx.HostArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class NormalizationTest {
    private static final long SEED = 4;

    static Stream<OneNode> everything() {
        Random random = new Random(SEED);
        List<OneNode> nodes = new ArrayList<>();
        HostArray x = random(random, -2, 2, 2, 3, 4);
        for (String name : List.of("Softmax", "LogSoftmax")) {
            for (int axis : new int[] {-1, 0, 1, 2}) {
                // Before opset 13 everything from the axis on is one row.
                nodes.add(OneNode.of(name, 11, x).with("axis", axis));
                nodes.add(OneNode.of(name, 13, x).with("axis", axis));
            }
            nodes.add(OneNode.of(name, 11, x));
            nodes.add(OneNode.of(name, 13, x));
        }
        HostArray scale = random(random, 0.5, 2, 4);
        HostArray shift = random(random, -1, 1, 4);
        nodes.add(OneNode.of("LayerNormalization", 17, x, scale, shift));
        nodes.add(OneNode.of("LayerNormalization", 17, x, scale).with("epsilon", 0.1f));
        nodes.add(OneNode.of("LayerNormalization", 17, x, random(random, 0.5, 2, 3, 4), random(random, -1, 1, 3, 4))
                .with("axis", 1));
        nodes.add(OneNode.of("LayerNormalization", 17, x, scale, shift).with("axis", 1));
        // As wide as x they may be, over axes that are not normalised.
        nodes.add(OneNode.of("LayerNormalization", 17, x, random(random, 0.5, 2, 3, 4), shift));
        nodes.add(OneNode.of("LayerNormalization", 17, x, scale, random(random, -1, 1, 2, 1, 4)));
        nodes.add(OneNode.of("LayerNormalization", 17, x, random(random, 0.5, 2, 3, 1)));
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
}
