package dev.millrace.trainer.onnx.operator;

import static dev.millrace.trainer.onnx.HostArray.random;
import static dev.millrace.trainer.onnx.HostArray.spaced;

import dev.millrace.trainer.onnx.HostArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ActivationsTest {
    private static final long SEED = 14;

    static Stream<OneNode> smooth() {
        Random random = new Random(SEED);
        List<OneNode> nodes = new ArrayList<>();
        HostArray x = random(random, -2, 2, 3, 4);
        HostArray apart = spaced(random, 0.1, 2, 3, 4);
        nodes.add(OneNode.of("HardSigmoid", 11, x));
        nodes.add(OneNode.of("HardSigmoid", 11, x).with("alpha", 0.1666667f).with("beta", 0.5f));
        nodes.add(OneNode.of("HardSwish", 14, x));
        nodes.add(OneNode.of("LeakyRelu", 13, apart));
        nodes.add(OneNode.of("LeakyRelu", 16, apart).with("alpha", 0.2f));
        nodes.add(OneNode.of("Elu", 11, apart).with("alpha", 0.7f));
        nodes.add(OneNode.of("PRelu", 16, apart, random(random, -1, 1, 3, 1)));
        nodes.add(OneNode.of("PRelu", 11, apart, random(random, -1, 1, 4)));
        nodes.add(OneNode.of("Softplus", 11, x));
        nodes.add(OneNode.of("Mish", 18, x));
        return nodes.stream();
    }

    static Stream<OneNode> everything() {
        HostArray wide = random(new Random(SEED + 1), -8, 8, 4, 5);
        return Stream.concat(
                smooth(),
                Stream.of(
                        OneNode.of("HardSigmoid", 11, wide),
                        OneNode.of("HardSwish", 14, wide),
                        OneNode.of("Softplus", 11, wide),
                        OneNode.of("Mish", 18, wide)));
    }

    @ParameterizedTest
    @MethodSource("everything")
    void agreesWithOnnxRuntime(OneNode node) throws Exception {
        OperatorCheck.assertParity(node);
    }

    @ParameterizedTest
    @MethodSource("smooth")
    void hasTheGradientOfItsSlope(OneNode node) throws Exception {
        OperatorCheck.assertGradient(node, SEED);
    }
}
