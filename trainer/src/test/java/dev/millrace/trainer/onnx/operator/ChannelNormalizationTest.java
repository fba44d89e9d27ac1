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

class ChannelNormalizationTest {
    private static final long SEED = 13;

    static Stream<OneNode> everything() {
        Random random = new Random(SEED);
        List<OneNode> nodes = new ArrayList<>();
        HostArray scale = random(random, 0.5, 2, 4);
        HostArray shift = random(random, -1, 1, 4);
        for (long[] shape : new long[][] {{3, 4}, {2, 4, 3}, {2, 4, 3, 2}}) {
            HostArray x = random(random, -2, 2, shape);
            HostArray mean = random(random, -1, 1, 4);
            HostArray variance = random(random, 0.5, 2, 4);
            nodes.add(OneNode.of("BatchNormalization", 11, x, scale, shift, mean, variance));
            nodes.add(OneNode.of("BatchNormalization", 15, x, scale, shift, mean, variance)
                    .with("epsilon", 0.1f)
                    .with("momentum", 0.8f));
            for (int axis = -1; axis < shape.length; axis++) {
                nodes.add(OneNode.of("LpNormalization", 11, x).with("axis", axis));
                nodes.add(OneNode.of("LpNormalization", 11, spaced(random, 0.1, shape))
                        .with("axis", axis)
                        .with("p", 1));
            }
        }
        HostArray image = random(random, -2, 2, 2, 4, 3, 2);
        nodes.add(OneNode.of("InstanceNormalization", 11, image, scale, shift).with("epsilon", 0.01f));
        nodes.add(OneNode.of("InstanceNormalization", 11, random(random, -2, 2, 2, 4, 5), scale, shift));
        nodes.add(OneNode.of("GroupNormalization", 21, image, scale, shift).with("num_groups", 2));
        nodes.add(OneNode.of("GroupNormalization", 18, image, random(random, 0.5, 2, 2), random(random, -1, 1, 2))
                .with("num_groups", 2)
                .with("epsilon", 0.01f));
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
    void keepsZeroVectorsZero() throws Exception {
        OperatorCheck.assertParity(OneNode.of("LpNormalization", 11, floats(new long[] {2, 2}, 0, 0, 3, 4)));
    }

    @Test
    void refusesStatisticsThatMove() {
        HostArray x = floats(new long[] {1, 1}, 1);
        HostArray one = floats(new long[] {1}, 1);
        assertRefused(
                OneNode.of("BatchNormalization", 15, x, one, one, one, one).with("training_mode", 1),
                "it updates its running statistics; export the model in inference mode");
        assertRefused(OneNode.of("LpNormalization", 11, x).with("p", 3), "p must be 1 or 2, was 3");
    }
}
