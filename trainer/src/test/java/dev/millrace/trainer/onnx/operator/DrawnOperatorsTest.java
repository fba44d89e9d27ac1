package dev.millrace.trainer.onnx.operator;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every operator of the registry on drawn shapes and attributes, in each opset that has it. What was drawn and the seed stand
 * in the message of a failure; {@code -Dmillrace.seed=N} starts from that seed.
 */
class DrawnOperatorsTest {
    private static final long FIRST_SEED = Long.getLong("millrace.seed", 1);
    private static final int FEWEST_DRAWS = 5;

    private static Map<String, Function<Draw, OneNode>> drawings() {
        Map<String, Function<Draw, OneNode>> drawings = new HashMap<>();
        ElementDrawings.register(drawings);
        ShapeDrawings.register(drawings);
        LayerDrawings.register(drawings);
        return new TreeMap<>(drawings);
    }

    static Stream<Arguments> draws() {
        return drawings().entrySet().stream()
                .flatMap(drawing -> LongStream.range(FIRST_SEED, FIRST_SEED + draws(drawing.getKey()))
                        .mapToObj(seed -> Arguments.of(drawing.getValue().apply(new Draw(seed)), seed)));
    }

    /** Returns a node of an operator in an opset that has it. */
    static OneNode drawn(String operator, int opset) {
        int seed = opset - OperatorRegistry.since(operator);
        return requireNonNull(drawings().get(operator)).apply(new Draw(seed));
    }

    private static int draws(String operator) {
        return Math.max(FEWEST_DRAWS, OperatorRegistry.MAX_OPSET - OperatorRegistry.since(operator) + 1);
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
    void agreesWithOnnxRuntime(OneNode node, long seed) {
        replayable(node, seed, () -> OperatorCheck.assertParity(node));
    }

    @ParameterizedTest(name = "{0}, seed {1}")
    @MethodSource("differentiable")
    void hasTheGradientOfItsSlope(OneNode node, long seed) {
        replayable(node, seed, () -> OperatorCheck.assertGradient(node, seed));
    }

    private static void replayable(OneNode node, long seed, ThrowingCallable check) {
        try {
            check.call();
        } catch (Throwable e) {
            throw new AssertionError(node + ", replay with -Dmillrace.seed=" + seed + ": " + e.getMessage(), e);
        }
    }

    @Test
    void drawsEveryOpset() {
        Map<String, Set<Integer>> drawn = new TreeMap<>();
        draws().map(draw -> (OneNode) draw.get()[0])
                .forEach(node -> drawn.computeIfAbsent(node.operator(), k -> new TreeSet<>())
                        .add(node.opset()));
        drawn.forEach((operator, opsets) -> assertThat(opsets)
                .as(operator)
                .hasSize(OperatorRegistry.MAX_OPSET - OperatorRegistry.since(operator) + 1));
    }

    @Test
    void aFailureTellsHowToReplayIt() {
        OneNode node = OneNode.of("Abs", 13, new Draw(3).floats(2));

        assertThatThrownBy(() -> replayable(node, 3, () -> assertThat(1).isEqualTo(2)))
                .isInstanceOf(AssertionError.class)
                .hasMessageStartingWith("Abs-13 float32[2], replay with -Dmillrace.seed=3: ");
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
