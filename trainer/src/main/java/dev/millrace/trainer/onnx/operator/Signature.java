package dev.millrace.trainer.onnx.operator;

import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Since when ONNX has an operator, and how many inputs it takes. Immutable. Source: Operators.md and Changelog.md of ONNX
 * 1.17.
 *
 * @param since first opset from 11 on; 11 also stands for older
 * @param minInputs inputs that may not be left out; they come first
 * @param maxInputs all of them, {@link Integer#MAX_VALUE} if any number goes
 */
record Signature(int since, int minInputs, int maxInputs) {
    private static final Map<String, Signature> KNOWN = parse("""
            Abs 11 1; Add 11 2; And 11 2; ArgMax 11 1; ArgMin 11 1; AveragePool 11 1; BatchNormalization 11 5;
            Cast 11 1; CastLike 15 2; Ceil 11 1; Celu 12 1; Clip 11 1-3; Concat 11 1-*; Constant 11 0;
            ConstantOfShape 11 1; Conv 11 2-3; ConvTranspose 11 2-3; Cos 11 1; CumSum 11 2; DepthToSpace 11 1;
            Div 11 2; Dropout 11 1-3; Einsum 12 1-*; Elu 11 1; Equal 11 2; Erf 11 1; Exp 11 1; Expand 11 2;
            Flatten 11 1; Floor 11 1; Gather 11 2; GatherElements 11 2; GatherND 11 2; Gelu 20 1; Gemm 11 2-3;
            GlobalAveragePool 11 1; GlobalMaxPool 11 1; Greater 11 2; GreaterOrEqual 12 2; GroupNormalization 18 3;
            HardSigmoid 11 1; HardSwish 14 1; Identity 11 1; InstanceNormalization 11 3; IsInf 11 1; IsNaN 11 1;
            LayerNormalization 17 2-3; LeakyRelu 11 1; Less 11 2; LessOrEqual 12 2; Log 11 1; LogSoftmax 11 1;
            LpNormalization 11 1; MatMul 11 2; Max 11 1-*; MaxPool 11 1; Mean 11 1-*; Min 11 1-*; Mish 18 1; Mod 11 2;
            Mul 11 2; Neg 11 1; Not 11 1; OneHot 11 3; Or 11 2; PRelu 11 2; Pad 11 2-4; Pow 11 2; Range 11 3;
            Reciprocal 11 1; ReduceL1 11 1-2; ReduceL2 11 1-2; ReduceLogSum 11 1-2; ReduceLogSumExp 11 1-2;
            ReduceMax 11 1-2; ReduceMean 11 1-2; ReduceMin 11 1-2; ReduceProd 11 1-2; ReduceSum 11 1-2;
            ReduceSumSquare 11 1-2; Relu 11 1; Reshape 11 2; Resize 11 1-4; Round 11 1; ScatterElements 11 3;
            ScatterND 11 3; Selu 11 1; Shape 11 1; Sigmoid 11 1; Sign 11 1; Sin 11 1; Size 11 1; Slice 11 3-5;
            Softmax 11 1; Softplus 11 1; Softsign 11 1; SpaceToDepth 11 1; Split 11 1-2; Sqrt 11 1; Squeeze 11 1-2;
            Sub 11 2; Sum 11 1-*; Tanh 11 1; ThresholdedRelu 11 1; Tile 11 2; Transpose 11 1; Trilu 14 1-2;
            Unsqueeze 11 1-2; Where 11 3; Xor 11 2
            """);

    private static Map<String, Signature> parse(String table) {
        Map<String, Signature> signatures = new HashMap<>();
        for (String line : table.strip().split(";\\s*")) {
            String[] words = line.split(" ");
            String[] inputs = words[2].split("-");
            int min = Integer.parseInt(inputs[0]);
            String last = inputs[inputs.length - 1];
            int max = last.equals("*") ? Integer.MAX_VALUE : Integer.parseInt(last);
            signatures.put(words[0], new Signature(Integer.parseInt(words[1]), min, max));
        }
        return Map.copyOf(signatures);
    }

    /** Returns the signature of an operator, null if it is not in the table. */
    static @Nullable Signature of(String operator) {
        return KNOWN.get(operator);
    }

    /**
     * Checks a node against it.
     *
     * @throws UnsupportedNodeException if the opset has no such operator, or inputs or outputs are missing or too many
     */
    void check(NodeProto node, int opset) throws UnsupportedNodeException {
        if (opset < since) {
            throw new UnsupportedNodeException(
                    "ONNX has it since opset " + since + ", and the model imports opset " + opset);
        }
        int count = node.getInputCount();
        boolean complete = count >= minInputs
                && node.getInputList().subList(0, minInputs).stream().noneMatch(String::isEmpty);
        if (!complete || count > maxInputs) {
            String most = maxInputs == Integer.MAX_VALUE ? " or more" : maxInputs > minInputs ? " to " + maxInputs : "";
            throw new UnsupportedNodeException(
                    "it needs " + minInputs + most + " inputs and has " + node.getInputList());
        }
        if (node.getOutputCount() == 0 || node.getOutput(0).isEmpty()) {
            throw new UnsupportedNodeException("it has no output");
        }
    }
}
