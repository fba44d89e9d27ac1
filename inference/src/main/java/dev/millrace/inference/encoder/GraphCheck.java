package dev.millrace.inference.encoder;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
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

    /** More nodes than any encoder has; a file with more is built to exhaust whoever reads it. */
    private static final int MAX_NODES = 200_000;

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
        if (model.getGraph().getNodeCount() > MAX_NODES) {
            return List.of("has " + model.getGraph().getNodeCount() + " nodes; allowed are " + MAX_NODES);
        }
        check.operatorSet();
        check.wholeModel();
        check.graph.getNodeList().forEach(check::node);
        check.graph.getInitializerList().forEach(check::initializer);
        check.values();
        return check.problems;
    }

    private void wholeModel() {
        if (graph.getSparseInitializerCount() > 0) {
            problems.add(graph.getSparseInitializerCount() + " sparse weights; " + EXPORT_PLAIN);
        }
        if (model.getFunctionsCount() > 0) {
            problems.add(model.getFunctionsCount() + " local functions; export the graph with its functions inlined");
        }
        if (model.getTrainingInfoCount() > 0) {
            problems.add("a training graph of its own; export the model for inference");
        }
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
        String allowed = ModelFile.OLDEST_OPERATOR_SET + " to " + ModelFile.NEWEST_OPERATOR_SET;
        List<Long> versions = model.getOpsetImportList().stream()
                .filter(set -> isOnnx(set.getDomain()))
                .map(OperatorSetIdProto::getVersion)
                .distinct()
                .toList();
        if (versions.isEmpty()) {
            problems.add("names no version of ONNX's operator set; it must import one, " + allowed);
        } else if (versions.size() > 1) {
            problems.add("names several versions of ONNX's operator set, " + versions + "; it must import one");
        } else if (versions.get(0) < ModelFile.OLDEST_OPERATOR_SET || versions.get(0) > ModelFile.NEWEST_OPERATOR_SET) {
            problems.add("operator set " + versions.get(0) + " is not supported; allowed are " + allowed
                    + ", export the model with one of them");
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
            if ((attribute.hasG() || attribute.getGraphsCount() > 0) && !CONTROL_FLOW.contains(node.getOpType())) {
                problems.add(where + ": holds a graph of its own; export the graph by tracing, without control flow");
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

    /** How many there are; what stands in the list of another type is read by nobody. */
    private static long values(TensorProto tensor, int width) {
        if (tensor.hasRawData()) {
            int bytes = tensor.getRawData().size();
            return bytes % width == 0 ? bytes / width : -1;
        }
        return switch (TensorProto.DataType.forNumber(tensor.getDataType())) {
            case FLOAT -> tensor.getFloatDataCount();
            case DOUBLE -> tensor.getDoubleDataCount();
            case INT64 -> tensor.getInt64DataCount();
            case UINT32, UINT64 -> tensor.getUint64DataCount();
            default -> tensor.getInt32DataCount();
        };
    }

    /**
     * Each value must be made once, and before it is read: a file that was cut between two records fails here, and so does
     * a cycle.
     */
    private void values() {
        Set<String> known = new HashSet<>();
        Set<String> weightNames = new HashSet<>();
        for (TensorProto tensor : graph.getInitializerList()) {
            if (!weightNames.add(tensor.getName())) {
                problems.add("weight " + tensor.getName() + ": there are two of that name");
            }
        }
        for (ValueInfoProto input : graph.getInputList()) {
            if (!known.add(input.getName())) {
                problems.add("input " + input.getName() + ": there are two of that name");
            }
        }
        known.addAll(weightNames);
        for (NodeProto node : graph.getNodeList()) {
            String where = "node " + name(node) + " (" + node.getOpType() + ")";
            node.getInputList().stream()
                    .filter(input -> !input.isEmpty() && !known.contains(input))
                    .forEach(input -> problems.add(where + ": reads " + input + ", which nothing before it makes"));
            node.getOutputList().stream()
                    .filter(output -> !output.isEmpty() && !known.add(output))
                    .forEach(output -> problems.add(where + ": makes " + output + ", which is there already"));
        }
        graph.getOutputList().stream()
                .filter(output -> !known.contains(output.getName()))
                .forEach(output -> problems.add("output " + output.getName() + ": nothing makes it"));
    }
}
