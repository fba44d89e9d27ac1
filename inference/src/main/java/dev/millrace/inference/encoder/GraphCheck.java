package dev.millrace.inference.encoder;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Looks for everything in a model's nodes and tensors that cannot be trained or served, and keeps each finding. What the
 * inputs and outputs must look like is {@link GraphInterface}'s matter. Used by one thread, once.
 */
final class GraphCheck {
    /** Where a model must hold its float weights. */
    enum Weights {
        INLINE,
        EXTERNAL
    }

    private static final long OLDEST_OPERATOR_SET = 11;
    private static final Set<String> CONTROL_FLOW = Set.of("If", "Loop", "Scan", "SequenceMap");
    private static final Set<String> QUANTISED = Set.of(
            "QuantizeLinear",
            "DequantizeLinear",
            "DynamicQuantizeLinear",
            "MatMulInteger",
            "ConvInteger",
            "QLinearMatMul",
            "QLinearConv");
    private static final String EXPORT_PLAIN = "export the plain float32 graph, neither optimised nor quantised";

    private final GraphProto graph;
    private final ModelProto model;
    private final Weights weights;
    private final List<String> problems = new ArrayList<>();

    private GraphCheck(ModelProto model, Weights weights) {
        this.model = model;
        this.graph = model.getGraph();
        this.weights = weights;
    }

    /** Every problem found; empty when there is none. */
    static List<String> problems(ModelProto model, Weights weights) {
        GraphCheck check = new GraphCheck(model, weights);
        if (model.getGraph().getNodeCount() == 0) {
            return List.of("no ONNX graph with nodes in it (not an ONNX file, or an empty graph)");
        }
        check.operatorSet();
        check.graph.getNodeList().forEach(check::node);
        check.graph.getInitializerList().forEach(check::initializer);
        if (check.graph.getSparseInitializerCount() > 0) {
            check.problems.add(check.graph.getSparseInitializerCount() + " sparse weights; " + EXPORT_PLAIN);
        }
        check.values();
        return check.problems;
    }

    /** Version of ONNX's own operator set that the model names. */
    static OptionalLong operatorSet(ModelProto model) {
        return model.getOpsetImportList().stream()
                .filter(set -> isOnnx(set.getDomain()))
                .mapToLong(OperatorSetIdProto::getVersion)
                .max();
    }

    private static boolean isOnnx(String domain) {
        return domain.isEmpty() || domain.equals("ai.onnx");
    }

    private void operatorSet() {
        OptionalLong version = operatorSet(model);
        if (version.isEmpty()) {
            problems.add("names no version of ONNX's operator set; it must import one, " + OLDEST_OPERATOR_SET
                    + " or newer");
        } else if (version.getAsLong() < OLDEST_OPERATOR_SET) {
            problems.add("operator set " + version.getAsLong() + " is too old; it must be " + OLDEST_OPERATOR_SET
                    + " or newer");
        }
    }

    private void node(NodeProto node) {
        String where = "node " + name(node) + " (" + node.getOpType() + ")";
        if (!isOnnx(node.getDomain())) {
            problems.add("node " + name(node) + " (" + node.getDomain() + "." + node.getOpType()
                    + "): not one of ONNX's own operators; " + EXPORT_PLAIN);
        } else if (QUANTISED.contains(node.getOpType())) {
            problems.add(where + ": quantised; " + EXPORT_PLAIN);
        } else if (CONTROL_FLOW.contains(node.getOpType())) {
            problems.add(where + ": control flow; export the graph by tracing, without it");
        }
        for (AttributeProto attribute : node.getAttributeList()) {
            if (attribute.hasT()) {
                type(where, attribute.getT());
                inline(where, attribute.getT());
            }
        }
    }

    private static String name(NodeProto node) {
        return node.getName().isEmpty() ? "making " + String.join(", ", node.getOutputList()) : node.getName();
    }

    private void initializer(TensorProto tensor) {
        String where = "weight " + tensor.getName();
        type(where, tensor);
        if (weights == Weights.EXTERNAL && Tensors.isFloat(tensor)) {
            if (!Tensors.isExternal(tensor) || tensor.hasRawData() || tensor.getFloatDataCount() > 0) {
                problems.add(where + ": a skeleton graph must hold no float weights itself");
            }
            return;
        }
        inline(where, tensor);
    }

    private void type(String where, TensorProto tensor) {
        TensorProto.DataType type = TensorProto.DataType.forNumber(tensor.getDataType());
        if (type == null) {
            problems.add(where + ": unknown element type " + tensor.getDataType() + "; " + EXPORT_PLAIN);
            return;
        }
        switch (type) {
            case FLOAT16, BFLOAT16, FLOAT8E4M3FN, FLOAT8E4M3FNUZ, FLOAT8E5M2, FLOAT8E5M2FNUZ, INT4, UINT4 ->
                problems.add(where + ": element type " + type + "; " + EXPORT_PLAIN);
            default -> {}
        }
    }

    private void inline(String where, TensorProto tensor) {
        if (Tensors.isExternal(tensor)) {
            problems.add(where + ": its values lie in another file; save the model as one file");
            return;
        }
        int width = Tensors.width(tensor.getDataType());
        if (width == 0) {
            return;
        }
        long values = values(tensor, width);
        long expected;
        try {
            expected = Tensors.count(Tensors.shape(tensor));
        } catch (ArithmeticException e) {
            expected = Long.MAX_VALUE;
        }
        if (values != expected || tensor.getDimsList().stream().anyMatch(dimension -> dimension < 0)) {
            problems.add(where + ": holds " + values + " values where its shape " + tensor.getDimsList() + " needs "
                    + expected + "; the file was cut short or damaged");
        }
    }

    private static long values(TensorProto tensor, int width) {
        if (tensor.hasRawData()) {
            int bytes = tensor.getRawData().size();
            return bytes % width == 0 ? bytes / width : -1;
        }
        return (long) tensor.getFloatDataCount()
                + tensor.getInt32DataCount()
                + tensor.getInt64DataCount()
                + tensor.getDoubleDataCount()
                + tensor.getUint64DataCount();
    }

    /** Each value must be made before it is read; a file that was cut between two records fails here. */
    private void values() {
        Set<String> known = new HashSet<>(Set.of(""));
        graph.getInputList().forEach(input -> known.add(input.getName()));
        graph.getInitializerList().forEach(tensor -> known.add(tensor.getName()));
        for (NodeProto node : graph.getNodeList()) {
            node.getInputList().stream()
                    .filter(input -> !known.contains(input))
                    .forEach(input -> problems.add("node " + name(node) + " (" + node.getOpType() + "): reads " + input
                            + ", which nothing makes"));
            known.addAll(node.getOutputList());
        }
        graph.getOutputList().stream()
                .filter(output -> !known.contains(output.getName()))
                .forEach(output -> problems.add("output " + output.getName() + ": nothing makes it"));
    }
}
