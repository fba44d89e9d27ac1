package dev.millrace.trainer.onnx.operator;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Nothing that a node says is passed over: an attribute is implemented, without effect by its definition, or refused. */
class AttributesTest {
    /** Attributes that are refused whatever their value; the others are read. */
    private static final Map<String, Set<String>> REFUSED = Map.of("ConvTranspose", Set.of("output_shape"));

    /** Every operator in every opset that has it; a constant says its value in one of several, which its own test goes through. */
    static Stream<OneNode> everywhere() {
        return OperatorRegistry.names().stream()
                .filter(operator -> !operator.equals("Constant"))
                .flatMap(operator -> IntStream.rangeClosed(OperatorRegistry.since(operator), OperatorRegistry.MAX_OPSET)
                        .mapToObj(opset -> DrawnOperatorsTest.drawn(operator, opset)));
    }

    private static Signature signature(OneNode node) {
        return requireNonNull(Signature.of(node.operator()));
    }

    private static Set<String> everInOnnx(OneNode node) {
        return signature(node).attributes().stream()
                .map(Signature.Attribute::name)
                .collect(Collectors.toSet());
    }

    @Test
    void readsEveryAttributeOfTheOpsetOrRefusesIt() {
        assertThat(everywhere()).allSatisfy(drawn -> {
            NodeProto node = drawn.fed().getGraph().getNode(0);
            NodeView view = new NodeView(node, drawn.opset(), Map.of());
            OperatorRegistry.create(view);
            Set<String> specified = new TreeSet<>(signature(drawn).attributes(drawn.opset()));
            specified.removeAll(REFUSED.getOrDefault(drawn.operator(), Set.of()));

            assertThat(view.asked()).containsAll(specified).isSubsetOf(everInOnnx(drawn));
        });
    }

    @Test
    void refusesAttributesThatTheOpsetHasNot() {
        everywhere().forEach(drawn -> {
            Set<String> others = new TreeSet<>(everInOnnx(drawn));
            others.add("slope");
            others.removeAll(signature(drawn).attributes(drawn.opset()));
            for (String other : others) {
                OperatorCheck.assertRefusedBecause(
                        drawn.with(other, 1),
                        "its attribute \"" + other + "\" is not part of " + drawn.operator() + " in opset "
                                + drawn.opset() + " (allowed: [");
            }
        });
    }

    @Test
    void refusesNodesWithoutAnAttributeThatHasNoDefault() {
        everywhere()
                .forEach(drawn -> signature(drawn).attributes().stream()
                        .filter(attribute -> attribute.isRequired() && attribute.isIn(drawn.opset()))
                        .forEach(attribute -> OperatorCheck.assertRefused(
                                drawn.without(attribute.name()),
                                "its attribute \"" + attribute.name() + "\" is missing, which has no default")));
    }

    @Test
    void refusesAttributesOfAnotherType() {
        OneNode node = OneNode.of("Softmax", 13, new Draw(1).floats(2, 3)).with("axis", 1f);

        OperatorCheck.assertRefused(node, "its attribute \"axis\" must be INT, was FLOAT");
    }

    /** Forms that ONNX has and that are not implemented. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Mod | fmod | 1 | fmod=1 is not supported",
                "Resize | antialias | 1 | antialias is not supported",
                "Resize | keep_aspect_ratio_policy | not_larger | keep_aspect_ratio_policy \"not_larger\" is not supported (allowed: stretch)",
                "Resize | coordinate_transformation_mode | tf_crop_and_resize | coordinate_transformation_mode \"tf_crop_and_resize\"",
                "ArgMax | select_last_index | 1 | select_last_index is not supported",
                "IsInf | detect_negative | 0 | detect_negative=0 and detect_positive=0 are not supported",
                "MaxPool | dilations | 2 1 | dilations other than 1 are not supported",
                "AveragePool | dilations | 1 2 | dilations other than 1 are not supported",
                "BatchNormalization | training_mode | 1 | it updates its running statistics",
                "ConvTranspose | output_shape | 9 9 | auto_pad SAME_* and output_shape are not supported; give pads",
                "ConvTranspose | auto_pad | SAME_UPPER | auto_pad SAME_* and output_shape are not supported; give pads",
                "ScatterND | reduction | add | reduction must be \"none\", was \"add\"",
                "ScatterElements | reduction | mul | reduction must be \"none\", was \"mul\"",
                "LayerNormalization | stash_type | 11 | stash_type must be 1 (FLOAT), was 11",
                "GroupNormalization | stash_type | 16 | stash_type must be 1 (FLOAT), was 16",
                "Einsum | equation | ...ij,jk->...ik | equation \"...ij,jk->...ik\" is not supported: only letters, no ellipsis",
                "Einsum | equation | ii,ij->j | equation \"ii,ij->j\" is not supported: a letter twice in one term (a diagonal)",
                "Split | num_outputs | 5 | num_outputs is 5, and it has 2 outputs",
                "Gelu | approximate | erf | approximate must be \"none\" or \"tanh\", was \"erf\"",
                "Pad | mode | mirror | mode must be constant, reflect, edge or wrap, was \"mirror\"",
                "DepthToSpace | mode | RCD | mode must be DCR or CRD, was \"RCD\"",
                "Conv | auto_pad | SOME | auto_pad \"SOME\" is not defined by ONNX",
                "MaxPool | auto_pad | SAME_ | auto_pad \"SAME_\" is not defined by ONNX",
                "LpNormalization | p | 3 | p must be 1 or 2, was 3"
            })
    void refusesFormsThatAreNotImplemented(String operator, String attribute, String value, String reason) {
        OneNode drawn =
                DrawnOperatorsTest.drawn(operator, OperatorRegistry.MAX_OPSET).without(attribute);
        OneNode node = !value.matches("[\\d ]+")
                ? drawn.with(attribute, value)
                : value.contains(" ")
                        ? drawn.with(
                                attribute,
                                Arrays.stream(value.split(" "))
                                        .mapToLong(Long::parseLong)
                                        .toArray())
                        : drawn.with(attribute, Long.parseLong(value));

        OperatorCheck.assertRefusedBecause(node, reason);
    }
}
