package dev.millrace.trainer.onnx.operator;

import static dev.millrace.trainer.onnx.HostArray.random;

import dev.millrace.trainer.onnx.HostArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LinearAlgebraTest {
    private static final long SEED = 5;

    static Stream<OneNode> everything() {
        Random random = new Random(SEED);
        List<OneNode> nodes = new ArrayList<>();
        long[][][] products = {
            {{2, 3}, {3, 4}},
            {{2, 2, 3}, {3, 4}},
            {{2, 2, 3}, {2, 3, 2}},
            {{3}, {3, 2}},
            {{2, 3}, {3}},
            {{3}, {3}},
            {{2, 1, 2, 3}, {2, 3, 2}},
        };
        for (long[][] shapes : products) {
            nodes.add(OneNode.of("MatMul", 13, random(random, -1, 1, shapes[0]), random(random, -1, 1, shapes[1])));
        }
        HostArray a = random(random, -1, 1, 2, 3);
        HostArray b = random(random, -1, 1, 3, 4);
        HostArray c = random(random, -1, 1, 4);
        nodes.add(OneNode.of("Gemm", 13, a, b));
        nodes.add(OneNode.of("Gemm", 11, a, b, c));
        nodes.add(OneNode.of("Gemm", 13, a, random(random, -1, 1, 4, 3), random(random, -1, 1, 2, 1))
                .with("transB", 1)
                .with("alpha", 0.5f));
        nodes.add(OneNode.of("Gemm", 13, random(random, -1, 1, 3, 2), b, random(random, -1, 1, 2, 4))
                .with("transA", 1)
                .with("beta", 2f));
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
