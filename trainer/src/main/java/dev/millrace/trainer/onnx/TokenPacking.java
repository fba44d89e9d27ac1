package dev.millrace.trainer.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import dev.millrace.trainer.onnx.operator.OperatorRegistry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Makes what works on each token by itself (linear layers, layer normalisation, activations, residual sums) work on tokens
 * alone, {@code [tokens, width]}, and leaves padding to what works across tokens, {@code [rows, columns, width]}. A text's
 * result is the same, since a text encoder must hide padding from its tokens anyway: its embedding would depend on the
 * texts beside it otherwise. What a cell of padding holds is another number than before.
 *
 * <p>A value is known to be {@code [rows, columns, width]} when it comes from the rows of an embedding that the token ids
 * choose, or is added to such a value. Graphs without token ids and mask stay as they are. One use.
 */
final class TokenPacking {
    private static final String IDS = "input_ids";
    private static final String MASK = "attention_mask";
    private static final String LENGTHS = "millrace.tokens/lengths";
    private static final String COLUMNS = "millrace.tokens/columns";
    private static final Set<String> ACTIVATIONS = Set.of("Gelu", "Relu", "Tanh", "Sigmoid");

    private final GraphIndex index;
    private final Map<String, List<NodeProto>> readers = new HashMap<>();
    /** Values of every cell, and those that are there for tokens alone. */
    private final Set<String> cells = new HashSet<>();

    private final Set<String> packed = new HashSet<>();
    private final List<NodeProto> result = new ArrayList<>();

    private TokenPacking(List<NodeProto> nodes, GraphIndex index) {
        this.index = index;
        for (NodeProto node : nodes) {
            node.getInputList()
                    .forEach(input -> readers.computeIfAbsent(input, k -> new ArrayList<>())
                            .add(node));
        }
    }

    /** Returns the nodes with packing and unpacking between them, in order; some of these may be without a reader. */
    static List<NodeProto> apply(GraphProto graph, List<NodeProto> nodes, GraphIndex index) {
        Set<String> inputs =
                graph.getInputList().stream().map(ValueInfoProto::getName).collect(Collectors.toSet());
        TokenPacking packing = new TokenPacking(nodes, index);
        if (!inputs.containsAll(Set.of(IDS, MASK)) || !packing.readers.containsKey(MASK)) {
            return nodes;
        }
        packing.result.add(NodeProto.newBuilder()
                .setName(LENGTHS)
                .setOpType(OperatorRegistry.LENGTHS)
                .addInput(MASK)
                .addOutput(LENGTHS)
                .addOutput(COLUMNS)
                .build());
        nodes.forEach(packing::add);
        return packing.result;
    }

    private void add(NodeProto node) {
        if (isOfTokens(node)) {
            addPacked(node);
            return;
        }
        result.add(node);
        boolean isEmbedding =
                node.getOpType().equals("Gather") && node.getInput(1).equals(IDS) && isMatrix(node.getInput(0));
        boolean isSum =
                node.getOpType().equals("Add") && node.getInputList().stream().anyMatch(this::isKnown);
        if (isEmbedding || isSum) {
            cells.add(node.getOutput(0));
        }
    }

    private boolean isKnown(String value) {
        return cells.contains(value) || packed.contains(value);
    }

    private boolean isMatrix(String value) {
        return index.weightShape(value).filter(shape -> shape.length == 2).isPresent();
    }

    private boolean isOfTokens(NodeProto node) {
        String first = node.getInputCount() > 0 ? node.getInput(0) : "";
        return switch (node.getOpType()) {
            case OperatorRegistry.LINEAR -> isKnown(first) || isAddedToKnown(node);
            case "LayerNormalization" -> isKnown(first) && isOverLastAxis(node);
            case "Add" ->
                node.getInputList().stream().anyMatch(packed::contains)
                        && node.getInputList().stream().allMatch(value -> isKnown(value) || index.isVector(value));
            default -> ACTIVATIONS.contains(node.getOpType()) && packed.contains(first);
        };
    }

    /** Tells whether all that a node makes is added to a value of tokens, as the end of attention is. */
    private boolean isAddedToKnown(NodeProto node) {
        List<NodeProto> reading = readers.getOrDefault(node.getOutput(0), List.of());
        return reading.size() == 1
                && reading.get(0).getOpType().equals("Add")
                && reading.get(0).getInputList().stream().anyMatch(this::isKnown);
    }

    private static boolean isOverLastAxis(NodeProto node) {
        return node.getAttributeList().stream()
                .filter(attribute -> attribute.getName().equals("axis"))
                .map(AttributeProto::getI)
                .allMatch(axis -> axis == -1);
    }

    private void addPacked(NodeProto node) {
        NodeProto.Builder onTokens = node.toBuilder().clearInput();
        for (int i = 0; i < node.getInputCount(); i++) {
            String input = node.getInput(i);
            boolean isOfTokens = i == 0 || node.getOpType().equals("Add");
            onTokens.addInput(isOfTokens && !index.isVector(input) ? pack(input) : input);
        }
        String made = node.getOutput(0);
        result.add(onTokens.setOutput(0, onTokensOnly(made)).build());
        packed.add(made);
        result.add(mover(OperatorRegistry.UNPACK, onTokensOnly(made), made));
    }

    private String pack(String value) {
        if (packed.add(value)) {
            result.add(mover(OperatorRegistry.PACK, value, onTokensOnly(value)));
        }
        return onTokensOnly(value);
    }

    private static NodeProto mover(String operator, String from, String to) {
        return NodeProto.newBuilder()
                .setName(to)
                .setOpType(operator)
                .addInput(from)
                .addInput(LENGTHS)
                .addInput(COLUMNS)
                .addOutput(to)
                .build();
    }

    private static String onTokensOnly(String value) {
        return "millrace.tokens/" + value;
    }
}
