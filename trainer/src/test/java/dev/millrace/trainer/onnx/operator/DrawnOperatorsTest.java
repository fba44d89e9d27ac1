package dev.millrace.trainer.onnx.operator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every operator of the registry on drawn shapes and attributes. The seed stands in the name of each case;
 * {@code -Dmillrace.seed=N} starts from another one.
 */
class DrawnOperatorsTest {
    private static final long FIRST_SEED = Long.getLong("millrace.seed", 1);
    private static final int DRAWS = 5;

    private static Map<String, Function<Draw, OneNode>> drawings() {
        Map<String, Function<Draw, OneNode>> drawings = new HashMap<>();
        ElementDrawings.register(drawings);
        ShapeDrawings.register(drawings);
        LayerDrawings.register(drawings);
        return new TreeMap<>(drawings);
    }

    static Stream<Arguments> draws() {
        return drawings().entrySet().stream()
                .flatMap(drawing -> LongStream.range(FIRST_SEED, FIRST_SEED + DRAWS)
                        .mapToObj(seed -> Arguments.of(drawing.getValue().apply(new Draw(seed)), seed)));
    }

    static Stream<Arguments> differentiable() {
        return draws().filter(draw -> OperatorCheck.hasGradient((OneNode) draw.get()[0]));
    }

    @Test
    void knowsADrawingOfEveryOperator() {
        assertThat(drawings().keySet()).isEqualTo(OperatorRegistry.names());
    }

    @Test
    void knowsTheSignatureOfEveryOperator() {
        assertThat(OperatorRegistry.names()).allMatch(name -> Signature.of(name) != null);
    }

    @Test
    void refusesNoOperatorThatItRuns() {
        assertThat(OperatorRegistry.refused().keySet()).doesNotContainAnyElementsOf(OperatorRegistry.names());
    }

    @ParameterizedTest(name = "{0}, seed {1}")
    @MethodSource("draws")
    void agreesWithOnnxRuntime(OneNode node, long seed) throws Exception {
        OperatorCheck.assertParity(node);
    }

    @ParameterizedTest(name = "{0}, seed {1}")
    @MethodSource("differentiable")
    void hasTheGradientOfItsSlope(OneNode node, long seed) throws Exception {
        OperatorCheck.assertGradient(node, seed);
    }

    @Test
    void refusesNodesWithoutTheirInputs() {
        Set<String> free = Set.of("Constant");
        for (String operator : OperatorRegistry.names()) {
            if (!free.contains(operator)) {
                OneNode bare = OneNode.of(operator, OperatorRegistry.MAX_OPSET);
                OperatorCheck.assertRefusedBecause(bare, "it needs ");
            }
        }
    }

    @Test
    void refusesOperatorsThatTheOpsetHasNot() {
        OneNode node = OneNode.of("Gelu", 19, new Draw(1).floats(2));

        OperatorCheck.assertRefused(node, "ONNX has it since opset 20, and the model imports opset 19");
    }
}
