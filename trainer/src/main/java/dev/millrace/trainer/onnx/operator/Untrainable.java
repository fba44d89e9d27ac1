package dev.millrace.trainer.onnx.operator;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Operators that ONNX has and this executor refuses, each with its reason; and what gets no
 * gradient in those it runs. Stateless. */
final class Untrainable {
    private static final Map<String, String> REASONS = reasons();

    /** Their results are whole numbers, truth values or steps: what lies behind them gets no gradient. */
    private static final Set<String> WITHOUT_GRADIENT = Set.of(
            "And",
            "ArgMax",
            "ArgMin",
            "Ceil",
            "ConstantOfShape",
            "Equal",
            "Floor",
            "Greater",
            "GreaterOrEqual",
            "IsInf",
            "IsNaN",
            "Less",
            "LessOrEqual",
            "Mod",
            "Not",
            "Or",
            "Range",
            "Round",
            "Shape",
            "Sign",
            "Size",
            "Xor");

    /** Operands that are read as they are in the file: statistics, factors, borders. By operator, positions. */
    private static final Map<String, Set<Integer>> FIXED_OPERANDS = Map.of(
            "BatchNormalization", Set.of(3, 4),
            "CastLike", Set.of(1),
            "Dropout", Set.of(1, 2),
            "Pad", Set.of(1, 2, 3),
            "Range", Set.of(0, 1, 2),
            "Resize", Set.of(1, 2, 3));

    private Untrainable() {}

    private static Map<String, String> reasons() {
        Map<String, String> reasons = new HashMap<>();
        String quantised = "it computes with quantised numbers, which have no gradient; export the model in float32";
        List.of(
                        "QuantizeLinear",
                        "DequantizeLinear",
                        "DynamicQuantizeLinear",
                        "QLinearConv",
                        "QLinearMatMul",
                        "MatMulInteger",
                        "ConvInteger")
                .forEach(name -> reasons.put(name, quantised));
        List.of("If", "Loop", "Scan", "SequenceMap")
                .forEach(name -> reasons.put(
                        name, "control flow is not supported; export the model with a fixed number of steps"));
        List.of("NonZero", "Unique", "Compress", "NonMaxSuppression", "TopK")
                .forEach(name -> reasons.put(
                        name, "the shape or order of its result depends on values, so no gradient goes through it"));
        List.of("RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Multinomial", "Bernoulli")
                .forEach(name -> reasons.put(name, "it is random, so two runs would differ"));
        List.of(
                        "SequenceAt",
                        "SequenceConstruct",
                        "SequenceEmpty",
                        "SequenceErase",
                        "SequenceInsert",
                        "SequenceLength",
                        "SplitToSequence",
                        "ConcatFromSequence",
                        "Optional",
                        "OptionalGetElement",
                        "OptionalHasElement")
                .forEach(name -> reasons.put(
                        name, "lists of tensors are not supported; export the model with a fixed number of parts"));
        List.of("LSTM", "GRU", "RNN").forEach(name -> reasons.put(name, "recurrent layers are not implemented"));
        return Map.copyOf(reasons);
    }

    /** Returns the reason for which an operator is refused, by operator; not to be modified. */
    static Map<String, String> reasonsByOperator() {
        return REASONS;
    }

    static boolean hasGradient(String operator) {
        return !WITHOUT_GRADIENT.contains(operator);
    }

    static boolean isFixed(String operator, int operand) {
        return FIXED_OPERANDS.getOrDefault(operator, Set.of()).contains(operand);
    }
}
