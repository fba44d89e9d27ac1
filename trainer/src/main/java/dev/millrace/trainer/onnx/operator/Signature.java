package dev.millrace.trainer.onnx.operator;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What ONNX says a node of an operator has: inputs, outputs and attributes, each in the opsets that have them. Immutable.
 * Source: Changelog.md of ONNX, opsets 11 to 21.
 *
 * @param inputs by opset, the oldest first
 * @param maxOutputs most outputs, {@link Integer#MAX_VALUE} if any number goes
 * @param attributes of any of the opsets
 */
record Signature(List<Inputs> inputs, int maxOutputs, List<Attribute> attributes) {
    private static final int OLDEST = 11;

    /**
     * How many inputs there are.
     *
     * @param since first opset for which this holds, 11 also stands for older
     * @param min inputs that may not be left out; they come first
     * @param max all of them, {@link Integer#MAX_VALUE} if any number goes
     */
    private record Inputs(int since, int min, int max) {}

    /**
     * An attribute.
     *
     * @param since first opset that has it
     * @param until last opset that has it
     * @param isRequired whether there is no default
     */
    record Attribute(String name, int since, int until, boolean isRequired) {
        boolean isIn(int opset) {
            return opset >= since && opset <= until;
        }
    }

    /**
     * An operator, then its inputs by opset, its outputs if there may be more than one, its attributes: {@code +18} came with
     * opset 18, {@code -12} went after opset 12, {@code !} has no default.
     */
    private static final Map<String, Signature> KNOWN = parse("""
            Abs 11 1; Add 11 2; And 11 2; ArgMax 11 1: axis keepdims select_last_index+12;
            ArgMin 11 1: axis keepdims select_last_index+12;
            AveragePool 11 1: auto_pad ceil_mode count_include_pad dilations+19 kernel_shape! pads strides;
            BatchNormalization 11 5 -> 5: epsilon momentum training_mode+14; Cast 11 1: saturate+19 to!;
            CastLike 15 2: saturate+19; Ceil 11 1; Celu 12 1: alpha; Clip 11 1-3; Concat 11 1-*: axis!;
            Constant 11 0: sparse_value value value_float+12 value_floats+12 value_int+12 value_ints+12 value_string+12
                    value_strings+12; ConstantOfShape 11 1: value;
            Conv 11 2-3: auto_pad dilations group kernel_shape pads strides;
            ConvTranspose 11 2-3: auto_pad dilations group kernel_shape output_padding output_shape pads strides;
            Cos 11 1; CumSum 11 2: exclusive reverse; DepthToSpace 11 1: blocksize! mode; Div 11 2;
            Dropout 11 1, 12 1-3 -> 2: ratio-11 seed+12; Einsum 12 1-*: equation!; Elu 11 1: alpha; Equal 11 2;
            Erf 11 1; Exp 11 1; Expand 11 2; Flatten 11 1: axis; Floor 11 1; Gather 11 2: axis;
            GatherElements 11 2: axis; GatherND 11 2: batch_dims+12; Gelu 20 1: approximate;
            Gemm 11 2-3: alpha beta transA transB; GlobalAveragePool 11 1; GlobalMaxPool 11 1; Greater 11 2;
            GreaterOrEqual 12 2; GroupNormalization 18 3: epsilon num_groups! stash_type+21;
            HardSigmoid 11 1: alpha beta; HardSwish 14 1; Identity 11 1; InstanceNormalization 11 3: epsilon;
            IsInf 11 1: detect_negative detect_positive; IsNaN 11 1;
            LayerNormalization 17 2-3 -> 3: axis epsilon stash_type; LeakyRelu 11 1: alpha; Less 11 2; LessOrEqual 12 2;
            Log 11 1; LogSoftmax 11 1: axis; LpNormalization 11 1: axis p; MatMul 11 2; Max 11 1-*;
            MaxPool 11 1 -> 2: auto_pad ceil_mode dilations kernel_shape! pads storage_order strides; Mean 11 1-*;
            Min 11 1-*; Mish 18 1; Mod 11 2: fmod; Mul 11 2; Neg 11 1; Not 11 1; OneHot 11 3: axis; Or 11 2; PRelu 11 2;
            Pad 11 2-3, 18 2-4: mode; Pow 11 2; Range 11 3; Reciprocal 11 1;
            ReduceL1 11 1, 18 1-2: axes-17 keepdims noop_with_empty_axes+18;
            ReduceL2 11 1, 18 1-2: axes-17 keepdims noop_with_empty_axes+18;
            ReduceLogSum 11 1, 18 1-2: axes-17 keepdims noop_with_empty_axes+18;
            ReduceLogSumExp 11 1, 18 1-2: axes-17 keepdims noop_with_empty_axes+18;
            ReduceMax 11 1, 18 1-2: axes-17 keepdims noop_with_empty_axes+18;
            ReduceMean 11 1, 18 1-2: axes-17 keepdims noop_with_empty_axes+18;
            ReduceMin 11 1, 18 1-2: axes-17 keepdims noop_with_empty_axes+18;
            ReduceProd 11 1, 18 1-2: axes-17 keepdims noop_with_empty_axes+18;
            ReduceSum 11 1, 13 1-2: axes-12 keepdims noop_with_empty_axes+13;
            ReduceSumSquare 11 1, 18 1-2: axes-17 keepdims noop_with_empty_axes+18;
            Relu 11 1; Reshape 11 2: allowzero+14;
            Resize 11 3-4, 13 1-4: antialias+18 axes+18 coordinate_transformation_mode cubic_coeff_a exclude_outside
                    extrapolation_value keep_aspect_ratio_policy+18 mode nearest_mode;
            Round 11 1; ScatterElements 11 3: axis reduction+16; ScatterND 11 3: reduction+16; Selu 11 1: alpha gamma;
            Shape 11 1: end+15 start+15; Sigmoid 11 1; Sign 11 1; Sin 11 1; Size 11 1; Slice 11 3-5; Softmax 11 1: axis;
            Softplus 11 1; Softsign 11 1; SpaceToDepth 11 1: blocksize!;
            Split 11 1, 13 1-2 -> *: axis num_outputs+18 split-12; Sqrt 11 1; Squeeze 11 1, 13 1-2: axes-12; Sub 11 2;
            Sum 11 1-*; Tanh 11 1; ThresholdedRelu 11 1: alpha; Tile 11 2; Transpose 11 1: perm; Trilu 14 1-2: upper;
            Unsqueeze 11 1, 13 2: axes-12!; Where 11 3; Xor 11 2
            """);

    private static Map<String, Signature> parse(String table) {
        Map<String, Signature> signatures = new HashMap<>();
        for (String entry : table.strip().split(";\\s*")) {
            String[] parts = entry.split(":\\s*");
            String[] counts = parts[0].split(" -> ");
            String[] head = counts[0].split(" ", 2);
            List<Inputs> inputs = new ArrayList<>();
            for (String range : head[1].split(", ")) {
                inputs.add(inputs(range.split("[ -]")));
            }
            List<Attribute> attributes = new ArrayList<>();
            for (String attribute : parts.length > 1 ? parts[1].split("\\s+") : new String[0]) {
                attributes.add(attribute(attribute));
            }
            int outputs = counts.length > 1 ? count(counts[1]) : 1;
            signatures.put(head[0], new Signature(List.copyOf(inputs), outputs, List.copyOf(attributes)));
        }
        return Map.copyOf(signatures);
    }

    private static Inputs inputs(String[] numbers) {
        return new Inputs(count(numbers[0]), count(numbers[1]), count(numbers[numbers.length - 1]));
    }

    private static int count(String number) {
        return number.equals("*") ? Integer.MAX_VALUE : Integer.parseInt(number);
    }

    private static Attribute attribute(String text) {
        boolean isRequired = text.endsWith("!");
        String[] parts = text.replace("!", "").split("[+-]");
        int since = text.contains("+") ? Integer.parseInt(parts[1]) : OLDEST;
        int until = text.contains("-") ? Integer.parseInt(parts[1]) : Integer.MAX_VALUE;
        return new Attribute(parts[0], since, until, isRequired);
    }

    /** Returns the signature of an operator, null if it is not in the table. */
    static @Nullable Signature of(String operator) {
        return KNOWN.get(operator);
    }

    /** First opset from 11 on that has the operator. */
    int since() {
        return inputs.get(0).since();
    }

    /** Returns the names of the attributes that the operator has in an opset, sorted. */
    TreeSet<String> attributes(int opset) {
        return attributes.stream()
                .filter(attribute -> attribute.isIn(opset))
                .map(Attribute::name)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /**
     * Checks a node against it.
     *
     * @throws UnsupportedNodeException if the opset has no such operator, if inputs, outputs or attributes are missing, or if
     *     there are some that the opset does not know
     */
    void check(NodeProto node, int opset) throws UnsupportedNodeException {
        if (opset < since()) {
            throw new UnsupportedNodeException(
                    "ONNX has it since opset " + since() + ", and the model imports opset " + opset);
        }
        checkInputs(node, opset);
        if (node.getOutputCount() == 0 || node.getOutput(0).isEmpty()) {
            throw new UnsupportedNodeException("it has no output");
        }
        if (node.getOutputCount() > maxOutputs) {
            throw new UnsupportedNodeException(
                    "it makes at most " + maxOutputs + " outputs, and these are asked for: " + node.getOutputList());
        }
        checkAttributes(node, opset);
    }

    private void checkInputs(NodeProto node, int opset) throws UnsupportedNodeException {
        Inputs allowed =
                inputs.stream().filter(range -> range.since() <= opset).reduce(inputs.get(0), (older, newer) -> newer);
        int count = node.getInputCount();
        boolean isComplete = count >= allowed.min()
                && node.getInputList().subList(0, allowed.min()).stream().noneMatch(String::isEmpty);
        if (!isComplete || count > allowed.max()) {
            String most = allowed.max() == Integer.MAX_VALUE
                    ? " or more"
                    : allowed.max() > allowed.min() ? " to " + allowed.max() : "";
            throw new UnsupportedNodeException(
                    "it needs " + allowed.min() + most + " inputs and has " + node.getInputList());
        }
    }

    private void checkAttributes(NodeProto node, int opset) throws UnsupportedNodeException {
        Set<String> allowed = attributes(opset);
        List<String> given =
                node.getAttributeList().stream().map(AttributeProto::getName).toList();
        for (String name : given) {
            if (!allowed.contains(name)) {
                throw new UnsupportedNodeException("its attribute \"" + name + "\" is not part of " + node.getOpType()
                        + " in opset " + opset + " (allowed: " + allowed + ")");
            }
        }
        for (Attribute attribute : attributes) {
            if (attribute.isRequired() && attribute.isIn(opset) && !given.contains(attribute.name())) {
                throw new UnsupportedNodeException(
                        "its attribute \"" + attribute.name() + "\" is missing, which has no default");
            }
        }
    }
}
