package dev.millrace.inference.encoder;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What goes into an encoder's graph and comes out of it. Immutable.
 *
 * @param inputNames in graph order, weights not counted
 * @param hidden name of the token vectors, or of the embedding when the graph is pooled already
 * @param dimension length of one vector
 * @param pooled whether the graph makes embeddings itself, under {@link EncoderGraph#EMBEDDING}
 */
record GraphInterface(List<String> inputNames, String hidden, long dimension, boolean pooled) {
    private static final Set<String> REQUIRED_INPUTS = Set.of("input_ids", "attention_mask");
    private static final Set<String> ALLOWED_INPUTS = Set.of("input_ids", "attention_mask", "token_type_ids");
    /** Names exporters give to the token vectors; they decide where a graph has several outputs of that form. */
    private static final List<String> USUAL_OUTPUTS = List.of("last_hidden_state", "token_embeddings");

    private static final int TOKEN_VECTORS_RANK = 3;

    /**
     * Reads inputs and outputs off a graph.
     *
     * @param problems every problem is added here
     * @return empty when the outputs do not tell what the embedding is made of
     */
    static Optional<GraphInterface> of(GraphProto graph, List<String> problems) {
        List<ValueInfoProto> inputs = inputs(graph);
        List<String> names = inputs.stream().map(ValueInfoProto::getName).toList();
        for (String required : REQUIRED_INPUTS.stream().sorted().toList()) {
            if (!names.contains(required)) {
                problems.add("no input " + required + " (has " + names + "); a text encoder needs it");
            }
        }
        inputs.forEach(input -> checkInput(input, problems));
        Optional<ValueInfoProto> embedding = graph.getOutputList().stream()
                .filter(output -> output.getName().equals(EncoderGraph.EMBEDDING))
                .findFirst();
        Optional<ValueInfoProto> output = embedding.or(() -> tokenVectors(graph, problems));
        return output.map(value ->
                        new GraphInterface(names, value.getName(), lastDimension(value), embedding.isPresent()))
                .filter(found -> {
                    if (found.dimension < 1) {
                        problems.add("output " + found.hidden + ": its last dimension must be a fixed number");
                    }
                    return found.dimension >= 1;
                });
    }

    /** Inputs that a caller gives; old files list the weights among the inputs too. */
    static List<ValueInfoProto> inputs(GraphProto graph) {
        Set<String> weights =
                graph.getInitializerList().stream().map(TensorProto::getName).collect(Collectors.toSet());
        return graph.getInputList().stream()
                .filter(input -> !weights.contains(input.getName()))
                .toList();
    }

    private static void checkInput(ValueInfoProto input, List<String> problems) {
        if (!ALLOWED_INPUTS.contains(input.getName())) {
            problems.add("input " + input.getName()
                    + " is unknown; allowed are input_ids, attention_mask and token_type_ids");
            return;
        }
        TypeProto.Tensor type = input.getType().getTensorType();
        List<TensorShapeProto.Dimension> shape = type.getShape().getDimList();
        boolean dynamic = shape.size() == 2 && shape.stream().noneMatch(TensorShapeProto.Dimension::hasDimValue);
        if (type.getElemType() != TensorProto.DataType.INT64_VALUE || !dynamic) {
            problems.add("input " + input.getName() + " must be int64 [batch, sequence] with both lengths open, is "
                    + describe(type));
        }
    }

    private static Optional<ValueInfoProto> tokenVectors(GraphProto graph, List<String> problems) {
        List<ValueInfoProto> candidates = graph.getOutputList().stream()
                .filter(output -> output.getType().getTensorType().getElemType() == TensorProto.DataType.FLOAT_VALUE)
                .filter(output -> output.getType().getTensorType().getShape().getDimCount() == TOKEN_VECTORS_RANK)
                .toList();
        Optional<ValueInfoProto> usual = candidates.stream()
                .filter(output -> USUAL_OUTPUTS.contains(output.getName()))
                .findFirst();
        if (usual.isPresent() || candidates.size() == 1) {
            return usual.or(() -> candidates.stream().findFirst());
        }
        List<String> seen = graph.getOutputList().stream()
                .map(output ->
                        output.getName() + " " + describe(output.getType().getTensorType()))
                .toList();
        problems.add("needs one float output [batch, sequence, dimension], best named " + USUAL_OUTPUTS.get(0)
                + "; has " + seen);
        return Optional.empty();
    }

    private static long lastDimension(ValueInfoProto value) {
        TensorShapeProto shape = value.getType().getTensorType().getShape();
        return shape.getDimCount() == 0
                ? 0
                : shape.getDim(shape.getDimCount() - 1).getDimValue();
    }

    private static String describe(TypeProto.Tensor type) {
        TensorProto.DataType element = TensorProto.DataType.forNumber(type.getElemType());
        String shape = type.getShape().getDimList().stream()
                .map(dimension ->
                        dimension.hasDimValue() ? Long.toString(dimension.getDimValue()) : dimension.getDimParam())
                .collect(Collectors.joining(", ", "[", "]"));
        return (element == null ? "type " + type.getElemType() : element.name()) + shape;
    }
}
