package dev.millrace.inference.encoder;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What goes into an encoder's graph, and the embedding that comes out once it is pooled. Immutable.
 *
 * @param kind of the inputs
 * @param inputNames in graph order, weights not counted
 * @param inputShape of one image or feature vector, 0 where open; empty for text
 * @param dimension length of an embedding; 0 while the graph is not pooled
 */
record GraphInterface(InputKind kind, List<String> inputNames, List<Integer> inputShape, long dimension) {
    private static final Set<String> REQUIRED_INPUTS = Set.of("input_ids", "attention_mask");
    private static final Set<String> ALLOWED_INPUTS = Set.of("input_ids", "attention_mask", "token_type_ids");
    private static final int IMAGE_RANK = 4;
    private static final int VECTOR_RANK = 2;

    /**
     * Reads inputs and, where it is pooled, the embedding off a graph.
     *
     * @param problems every problem is added here
     */
    static GraphInterface of(GraphProto graph, List<String> problems) {
        List<ValueInfoProto> inputs = inputs(graph);
        List<String> names = inputs.stream().map(ValueInfoProto::getName).toList();
        InputKind kind = kind(inputs);
        List<Integer> shape = List.of();
        if (kind == InputKind.TEXT) {
            checkTexts(inputs, names, problems);
        } else {
            shape = numbersShape(inputs.get(0), kind, problems);
        }
        long dimension = graph.getOutputList().stream()
                .filter(output -> output.getName().equals(EncoderGraph.EMBEDDING))
                .mapToLong(output -> Shapes.at(output, 1))
                .findFirst()
                .orElse(0);
        return new GraphInterface(kind, names, shape, dimension);
    }

    GraphInterface pooled(long embeddingDimension) {
        return new GraphInterface(kind, inputNames, inputShape, embeddingDimension);
    }

    boolean isPooled() {
        return dimension > 0;
    }

    /** Inputs that a caller gives; old files list the weights among the inputs too. */
    static List<ValueInfoProto> inputs(GraphProto graph) {
        Set<String> weights =
                graph.getInitializerList().stream().map(TensorProto::getName).collect(Collectors.toSet());
        return graph.getInputList().stream()
                .filter(input -> !weights.contains(input.getName()))
                .toList();
    }

    /** One float input alone is an image or a vector; anything else must be a text encoder, and is refused as one. */
    private static InputKind kind(List<ValueInfoProto> inputs) {
        boolean isOneFloat = inputs.size() == 1
                && inputs.get(0).getType().getTensorType().getElemType() == TensorProto.DataType.FLOAT_VALUE;
        if (!isOneFloat) {
            return InputKind.TEXT;
        }
        return Shapes.rank(inputs.get(0)) == VECTOR_RANK ? InputKind.FEATURES : InputKind.IMAGE;
    }

    private static List<Integer> numbersShape(ValueInfoProto input, InputKind kind, List<String> problems) {
        int rank = Shapes.rank(input);
        if (kind == InputKind.IMAGE && rank != IMAGE_RANK) {
            problems.add(
                    "input " + input.getName() + " must be float [batch, channels, height, width] for images or float"
                            + " [batch, dimension] for feature vectors, is " + Shapes.describe(input));
            return List.of(0, 0, 0);
        }
        if (Shapes.at(input, 0) > 0) {
            problems.add("input " + input.getName() + " is fixed to batches of " + Shapes.at(input, 0) + ", is "
                    + Shapes.describe(input) + "; export the model with an open (dynamic) first dimension");
        }
        List<Integer> shape = Shapes.withoutBatch(input);
        if (kind == InputKind.FEATURES && shape.get(0) == 0) {
            problems.add(
                    "input " + input.getName() + " leaves the number of features open; export it with a fixed one");
        }
        if (kind == InputKind.IMAGE && !Set.of(0, 1, RgbImage.CHANNELS).contains(shape.get(0))) {
            problems.add(
                    "input " + input.getName() + " has " + shape.get(0) + " channels, must have 3, or 1 for grey, as"
                            + " [batch, channels, height, width]; is " + Shapes.describe(input));
        }
        return shape;
    }

    private static void checkTexts(List<ValueInfoProto> inputs, List<String> names, List<String> problems) {
        for (String required : REQUIRED_INPUTS.stream().sorted().toList()) {
            if (!names.contains(required)) {
                problems.add("no input " + required + " (has " + names
                        + "); a text encoder needs it, and an image or feature encoder has one float input alone");
            }
        }
        inputs.forEach(input -> checkText(input, problems));
    }

    private static void checkText(ValueInfoProto input, List<String> problems) {
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
                    + Shapes.describe(input));
        }
    }
}
