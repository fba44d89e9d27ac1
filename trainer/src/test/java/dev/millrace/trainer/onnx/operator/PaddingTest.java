package dev.millrace.trainer.onnx.operator;

import static dev.millrace.trainer.onnx.HostArray.floats;
import static dev.millrace.trainer.onnx.HostArray.longs;
import static dev.millrace.trainer.onnx.HostArray.random;
import static dev.millrace.trainer.onnx.HostArray.randomLongs;
import static dev.millrace.trainer.onnx.HostArray.vector;
import static dev.millrace.trainer.onnx.operator.OperatorCheck.assertRefused;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.DataType;
import dev.millrace.trainer.onnx.HostArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class PaddingTest {
    private static final long SEED = 15;

    static Stream<OneNode> floating() {
        Random random = new Random(SEED);
        List<OneNode> nodes = new ArrayList<>();
        HostArray x = random(random, -2, 2, 2, 3, 4);
        for (String mode : List.of("constant", "reflect", "edge", "wrap")) {
            int opset = mode.equals("wrap") ? 19 : 13;
            nodes.add(OneNode.of("Pad", opset, x, vector(0, 1, 2, 0, 2, 1)).with("mode", mode));
            nodes.add(OneNode.of("Pad", opset, x, vector(0, 0, 1, 0, 0, 3)).with("mode", mode));
            nodes.add(OneNode.of("Pad", Math.max(opset, 18), x, vector(2, 1, 0, 1))
                    .absent()
                    .input(vector(-1, 1))
                    .with("mode", mode));
        }
        for (String mode : List.of("constant", "reflect", "edge", "wrap")) {
            // What is cut off does not come back in the border.
            nodes.add(OneNode.of("Pad", 19, x, vector(0, -1, 1, 0, 1, -1)).with("mode", mode));
            nodes.add(OneNode.of("Pad", 19, x, vector(0, 0, -2, 0, 0, 1)).with("mode", mode));
        }
        nodes.add(OneNode.of("Pad", 19, x, vector(0, 3, 0, 0, 0, 4)).with("mode", "wrap"));
        nodes.add(OneNode.of("Pad", 19, x, vector(0, 2, 0, 0, 0, 3)).with("mode", "reflect"));
        nodes.add(OneNode.of("Pad", 19, x, vector(0, 7, 0, 0, 0, 9)).with("mode", "edge"));
        nodes.add(OneNode.of("Pad", 11, x, vector(1, 0, 0, 0, 0, 1), floats(new long[] {}, -1.5)));
        nodes.add(OneNode.of("Pad", 13, x, vector(0, -1, 2, 0, 0, -1)));
        return nodes.stream();
    }

    static Stream<OneNode> everything() {
        HostArray ints = randomLongs(new Random(SEED), -9, 9, 2, 3);
        return Stream.concat(
                floating(),
                Stream.of(
                        OneNode.of("Pad", 13, ints, vector(0, 1, 1, 0), longs(new long[] {}, 7)),
                        OneNode.of("Pad", 13, ints.as(DataType.INT32), vector(0, 1, 1, 0)),
                        OneNode.of("Pad", 13, ints, vector(0, 1, 0, 1)).with("mode", "reflect")));
    }

    @ParameterizedTest
    @MethodSource("everything")
    void agreesWithOnnxRuntime(OneNode node) throws Exception {
        OperatorCheck.assertParity(node);
    }

    @ParameterizedTest
    @MethodSource("floating")
    void hasTheGradientOfItsSlope(OneNode node) throws Exception {
        OperatorCheck.assertGradient(node, SEED);
    }

    @ParameterizedTest
    @CsvSource({"reflect, 3, 0", "wrap, 4, 0", "wrap, 3, -1", "edge, 1, -3"})
    void refusesABorderFurtherOutThanOnnxTells(String mode, long begin, long end) {
        HostArray x = floats(new long[] {3}, 1, 2, 3);

        assertThatThrownBy(() -> OperatorCheck.assertGradient(
                        OneNode.of("Pad", 19, x, vector(begin, end)).with("mode", mode), SEED))
                .hasMessageContaining("a border of " + begin + " does not fit an extent of " + (3 + Math.min(0, end))
                        + " in mode " + mode);
    }

    @Test
    void refusesModeThatOnnxHasNot() {
        HostArray x = floats(new long[] {1}, 1);
        assertRefused(
                OneNode.of("Pad", 13, x, vector(1, 1)).with("mode", "mirror"),
                "mode must be constant, reflect, edge or wrap, was \"mirror\"");
    }
}
