package dev.millrace.trainer.onnx.operator;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Nothing that a node says is passed over: an attribute is implemented, without effect by its definition, or refused. */
class AttributesTest {
    /** Attributes of the newest opset, Operators.md of ONNX 1.17; operators that are not here have none. */
    private static final Map<String, Set<String>> SPECIFIED = parse("""
            ArgMax: axis keepdims select_last_index; ArgMin: axis keepdims select_last_index;
            AveragePool: auto_pad ceil_mode count_include_pad dilations kernel_shape pads strides;
            BatchNormalization: epsilon momentum training_mode; Cast: saturate to; CastLike: saturate; Celu: alpha;
            Concat: axis; ConstantOfShape: value; Conv: auto_pad dilations group kernel_shape pads strides;
            ConvTranspose: auto_pad dilations group kernel_shape output_padding output_shape pads strides;
            CumSum: exclusive reverse; DepthToSpace: blocksize mode; Dropout: seed; Einsum: equation; Elu: alpha;
            Flatten: axis; Gather: axis; GatherElements: axis; GatherND: batch_dims; Gelu: approximate;
            Gemm: alpha beta transA transB; GroupNormalization: epsilon num_groups stash_type; HardSigmoid: alpha beta;
            InstanceNormalization: epsilon; IsInf: detect_negative detect_positive;
            LayerNormalization: axis epsilon stash_type; LeakyRelu: alpha; LogSoftmax: axis; LpNormalization: axis p;
            MaxPool: auto_pad ceil_mode dilations kernel_shape pads storage_order strides; Mod: fmod; OneHot: axis;
            Pad: mode; ReduceL1: keepdims noop_with_empty_axes; ReduceL2: keepdims noop_with_empty_axes;
            ReduceLogSum: keepdims noop_with_empty_axes; ReduceLogSumExp: keepdims noop_with_empty_axes;
            ReduceMax: keepdims noop_with_empty_axes; ReduceMean: keepdims noop_with_empty_axes;
            ReduceMin: keepdims noop_with_empty_axes; ReduceProd: keepdims noop_with_empty_axes;
            ReduceSum: keepdims noop_with_empty_axes; ReduceSumSquare: keepdims noop_with_empty_axes;
            Reshape: allowzero; ScatterElements: axis reduction; ScatterND: reduction; Selu: alpha gamma; Shape: end start;
            Resize: antialias axes coordinate_transformation_mode cubic_coeff_a exclude_outside extrapolation_value
                    keep_aspect_ratio_policy mode nearest_mode;
            Softmax: axis; SpaceToDepth: blocksize; Split: axis num_outputs; ThresholdedRelu: alpha; Transpose: perm;
            Trilu: upper""");

    /** Those of them that are refused whatever their value; the others are read. */
    private static final Map<String, Set<String>> REFUSED = Map.of("ConvTranspose", Set.of("output_shape"));

    /** Attributes of older opsets, which became inputs or nothing at all. */
    private static final Map<String, Set<String>> OLDER = Map.of("Dropout", Set.of("ratio"));

    private static Map<String, Set<String>> parse(String table) {
        Map<String, Set<String>> attributes = new TreeMap<>();
        for (String entry : table.split(";\\s*")) {
            String[] parts = entry.split(":\\s*");
            attributes.put(parts[0].strip(), Set.of(parts[1].split("\\s+")));
        }
        return attributes;
    }

    @Test
    void readsEveryAttributeOfTheSpecificationOrRefusesIt() throws Exception {
        Map<String, Set<String>> read = new TreeMap<>();
        Map<String, Set<String>> expected = new TreeMap<>();
        for (String operator : OperatorRegistry.names()) {
            if (operator.equals("Constant")) {
                continue; // says its value in one of several, which its own test goes through
            }
            OneNode drawn = DrawnOperatorsTest.drawn(operator, OperatorRegistry.MAX_OPSET);
            NodeProto node = drawn.fed().getGraph().getNode(0);
            NodeView view = new NodeView(node, drawn.opset(), Map.of());
            OperatorRegistry.create(view);
            read.put(operator, new TreeSet<>(view.asked()));
            Set<String> specified = new TreeSet<>(SPECIFIED.getOrDefault(operator, Set.of()));
            specified.removeAll(REFUSED.getOrDefault(operator, Set.of()));
            specified.addAll(OLDER.getOrDefault(operator, Set.of()));
            expected.put(operator, specified);
        }

        assertThat(read).isEqualTo(expected);
    }

    @Test
    void refusesAttributesThatNoOperatorHas() {
        for (String operator : OperatorRegistry.names()) {
            OneNode drawn = DrawnOperatorsTest.drawn(operator, OperatorRegistry.MAX_OPSET);

            OperatorCheck.assertRefusedBecause(
                    drawn.with("slope", 0.5f), "its attribute \"slope\" is not supported in opset 21 (supported: [");
        }
    }

    @ParameterizedTest
    @CsvSource({"ReduceMean, 18", "ReduceSum, 13", "Squeeze, 13", "Unsqueeze, 13"})
    void refusesAxesWhereTheyAreAnInput(String operator, int opset) {
        OneNode node = OneNode.of(operator, opset, new Draw(1).floats(1, 3)).with("axes", new long[] {0});

        OperatorCheck.assertRefusedBecause(
                node, "its attribute \"axes\" is not supported in opset " + opset + " (supported: [");
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
