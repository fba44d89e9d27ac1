package dev.millrace.trainer.onnx.operator;

import static dev.millrace.trainer.onnx.HostArray.longs;
import static dev.millrace.trainer.onnx.HostArray.random;
import static dev.millrace.trainer.onnx.HostArray.randomLongs;
import static dev.millrace.trainer.onnx.HostArray.vector;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.DataType;
import dev.millrace.trainer.onnx.HostArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SelectionTest {
    private static final long SEED = 7;
    private static final long FAR = Long.MAX_VALUE / 2;

    private static Stream<OneNode> over(HostArray x, HostArray other) {
        List<OneNode> nodes = new ArrayList<>();
        HostArray single = longs(new long[] {}, -1);
        HostArray matrix = longs(new long[] {2, 2}, 0, 1, 1, -1);
        for (int axis = -1; axis < 3; axis++) {
            nodes.add(OneNode.of("Gather", 13, x, vector(1, 0, -1)).with("axis", axis));
            nodes.add(OneNode.of("Gather", 11, x, matrix).with("axis", axis));
            nodes.add(OneNode.of("Gather", 13, x, single).with("axis", axis));
            nodes.add(OneNode.of("Concat", 13, x, x).with("axis", axis));
        }
        nodes.add(OneNode.of("Gather", 13, other, matrix.as(DataType.INT32)));
        nodes.add(OneNode.of("Gather", 13, other, vector(1)));
        nodes.add(OneNode.of("Concat", 13, x).with("axis", 1));
        nodes.add(OneNode.of("Concat", 13, other, x, other).with("axis", 0));
        nodes.add(OneNode.of("Slice", 13, x, vector(1), vector(3)));
        nodes.add(OneNode.of("Slice", 13, x, vector(0, 1), vector(FAR, 3), vector(0, 2)));
        nodes.add(OneNode.of("Slice", 11, x, vector(0, -3), vector(2, -1), vector(-2, -1), vector(1, 1)));
        nodes.add(OneNode.of("Slice", 13, x, vector(0), vector(FAR), vector(2), vector(2)));
        nodes.add(OneNode.of("Slice", 13, x, vector(-1), vector(-FAR), vector(2), vector(-1)));
        nodes.add(OneNode.of("Slice", 13, x, vector(3), vector(0), vector(-1), vector(-2)));
        nodes.add(OneNode.of("Slice", 13, x, vector(3), vector(1), vector(1)));
        for (long step : new long[] {-2, -1, 2}) {
            for (long start : new long[] {-9, -2, 0, 9}) {
                for (long end : new long[] {-FAR, -2, 1, FAR}) {
                    nodes.add(OneNode.of("Slice", 13, x, vector(start), vector(end), vector(1))
                            .input(vector(step)));
                }
            }
        }
        nodes.add(OneNode.of("Split", 11, x).with("axis", 2).outputs(2));
        nodes.add(
                OneNode.of("Split", 11, x).with("axis", -1).with("split", 1, 3).outputs(2));
        nodes.add(OneNode.of("Split", 13, x, vector(2, 1)).with("axis", 1).outputs(2));
        nodes.add(OneNode.of("Split", 18, x)
                .with("axis", 1)
                .with("num_outputs", 2)
                .outputs(2));
        return nodes.stream();
    }

    static Stream<OneNode> floats() {
        Random random = new Random(SEED);
        return over(random(random, -2, 2, 3, 3, 4), random(random, -2, 2, 2, 3, 4));
    }

    static Stream<OneNode> everything() {
        Random random = new Random(SEED + 1);
        HostArray table = random(random, -1, 1, 5, 3);
        Stream<OneNode> tables = Stream.of(
                OneNode.of("Gather", 13, table, randomLongs(random, -5, 5, 4, 2)),
                OneNode.of("Gather", 13, random(random, -1, 1, 4), longs(new long[] {}, 2)),
                OneNode.of("Gather", 13, random(random, -1, 1, 4), vector(2, -4)),
                OneNode.of("Concat", 13, vector(1, 2), vector(), vector(7)).with("axis", 0));
        HostArray x = randomLongs(random, -9, 9, 3, 3, 4);
        return Stream.of(floats(), over(x, randomLongs(random, -9, 9, 2, 3, 4)), tables)
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

    @Test
    void refusesPartsThatDoNotComeOutEven() {
        HostArray x = HostArray.floats(new long[] {5}, 1, 2, 3, 4, 5);

        assertThatThrownBy(() ->
                        OperatorCheck.assertGradient(OneNode.of("Split", 13, x).outputs(2), SEED))
                .hasMessageContaining("an extent of 5 does not make 2 equal parts");
        assertThatThrownBy(() -> OperatorCheck.assertGradient(
                        OneNode.of("Split", 18, x).with("num_outputs", 4).outputs(4), SEED))
                .hasMessageContaining("an extent of 5 does not make 4 parts of which only the last is smaller");
        OperatorCheck.assertRefused(
                OneNode.of("Split", 18, x, vector(2, 3)).with("num_outputs", 2).outputs(2),
                "it has both num_outputs and the sizes of its parts");
    }

    @Test
    void namesNodeShapesAndIndexWhenAnIndexIsOutside() {
        OneNode node = OneNode.of("Gather", 13, HostArray.floats(new long[] {2, 1}, 1, 2), vector(2));

        assertThatThrownBy(() -> OperatorCheck.assertGradient(node, SEED))
                .hasMessageContaining("node \"node\" (Gather)")
                .hasMessageContaining("float32[2, 1]")
                .hasMessageContaining("index 2 is outside [-2, 2)");
    }
}
