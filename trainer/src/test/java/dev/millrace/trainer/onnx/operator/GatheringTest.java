package dev.millrace.trainer.onnx.operator;

import static dev.millrace.trainer.onnx.HostArray.longs;
import static dev.millrace.trainer.onnx.HostArray.random;
import static dev.millrace.trainer.onnx.HostArray.randomLongs;

import ai.djl.ndarray.types.DataType;
import dev.millrace.trainer.onnx.HostArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GatheringTest {
    private static final long SEED = 18;

    static Stream<OneNode> everything() {
        Random random = new Random(SEED);
        List<OneNode> nodes = new ArrayList<>();
        HostArray x = random(random, -2, 2, 2, 3, 4);
        HostArray pairs = longs(new long[] {3, 2}, 0, 1, 1, 2, -1, -3);
        nodes.add(OneNode.of("GatherND", 12, x, pairs));
        nodes.add(OneNode.of("GatherND", 13, x, longs(new long[] {2, 1, 1}, 1, 0)));
        nodes.add(OneNode.of("GatherND", 11, x, longs(new long[] {2, 3}, 0, 1, 3, 1, 2, -4)));
        nodes.add(OneNode.of("GatherND", 13, x, longs(new long[] {2, 1}, 2, 0)).with("batch_dims", 1));
        nodes.add(OneNode.of("GatherND", 13, x, longs(new long[] {2, 2, 2}, 2, 0, 1, 1, 0, 3, -1, -1))
                .with("batch_dims", 1));
        nodes.add(OneNode.of("GatherND", 13, x, randomLongs(random, -4, 4, 2, 3, 1))
                .with("batch_dims", 2));
        for (int axis = -1; axis < 3; axis++) {
            nodes.add(OneNode.of("GatherElements", 13, x, randomLongs(random, -2, 2, 2, 3, 4))
                    .with("axis", axis));
        }
        nodes.add(OneNode.of(
                        "GatherElements",
                        11,
                        x,
                        randomLongs(random, -2, 2, 1, 2, 5).as(DataType.INT32))
                .with("axis", 2));
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
