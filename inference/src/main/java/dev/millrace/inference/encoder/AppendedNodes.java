package dev.millrace.inference.encoder;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.util.List;

/** The nodes that turn what an encoder makes into an embedding, and an embedding into class probabilities. */
final class AppendedNodes {
    /** Far below every number in an encoder, and far above the least float. */
    private static final float NEVER_LARGEST = 1e30f;

    private AppendedNodes() {}

    /** Appends the pooling of a value and its L2 normalisation, which makes {@link EncoderGraph#EMBEDDING}. */
    static void pooling(NodeAppender nodes, InputKind kind, HiddenValue hidden, Pooling pooling) {
        boolean isMap = hidden.rank() == HiddenValue.FEATURE_MAP;
        String value = hidden.name();
        String pooled = switch (pooling) {
            case MEAN -> {
                if (isMap) {
                    yield flat(nodes, nodes.node("GlobalAveragePool", List.of(value)));
                }
                yield kind == InputKind.TEXT ? sumOverTokens(nodes, value) : nodes.reduceSum(value, 1, false);
            }
            case MAX -> {
                if (isMap) {
                    yield flat(nodes, nodes.node("GlobalMaxPool", List.of(value)));
                }
                yield kind == InputKind.TEXT ? maxOverTokens(nodes, value) : nodes.reduceMax(value, 1);
            }
            case CLS ->
                nodes.node(
                        "Gather",
                        List.of(value, nodes.constant(Tensors.int64s(List.of(0L), true))),
                        NodeAppender.integer("axis", 1));
            case NONE -> value;
        };
        nodes.normaliseRows(pooled, EncoderGraph.EMBEDDING);
    }

    private static String flat(NodeAppender nodes, String pooledMap) {
        return nodes.node("Flatten", List.of(pooledMap), NodeAppender.integer("axis", 1));
    }

    private static String mask(NodeAppender nodes) {
        return nodes.node(
                "Cast",
                List.of("attention_mask"),
                NodeAppender.integer("to", TensorProto.DataType.FLOAT_VALUE)); // [batch, seq]
    }

    /**
     * Twice the sum of the token vectors under the mask, {@code [batch, dim]}; the factor, and the number of tokens by
     * which a mean divides, cancel in the normalisation. Twice, because ONNX Runtime adds the tokens one after another, so
     * that padding changes no bit, only in a matrix product of at least two rows; for one row, and in ReduceSum, it adds
     * them in groups that depend on the length.
     */
    private static String sumOverTokens(NodeAppender nodes, String hidden) {
        String ones = nodes.constant(Tensors.ones(2, 1));
        String twice = nodes.node("Mul", List.of(nodes.unsqueeze(mask(nodes), 1), ones)); // [batch, 2, seq]
        String sums = nodes.node("MatMul", List.of(twice, hidden)); // [batch, 2, dim], both rows equal
        return nodes.reduceSum(sums, 1, false);
    }

    /** Largest components of the tokens under the mask, {@code [batch, dim]}; zeros for a text without tokens. */
    private static String maxOverTokens(NodeAppender nodes, String hidden) {
        String mask = nodes.unsqueeze(mask(nodes), 2); // [batch, seq, 1]
        String absent = nodes.node("Sub", List.of(nodes.constant(Tensors.scalar(1)), mask));
        String depth = nodes.node("Mul", List.of(absent, nodes.constant(Tensors.scalar(NEVER_LARGEST))));
        String largest = nodes.reduceMax(nodes.node("Sub", List.of(hidden, depth)), 1); // [batch, dim]
        return nodes.node("Mul", List.of(largest, nodes.reduceMax(mask, 1)));
    }

    /** Appends {@code logits = scale * cos(embedding, weight row)} and their softmax. */
    static void cosineHead(GraphProto.Builder graph, long operatorSet, double scale) {
        NodeAppender nodes = new NodeAppender(graph, operatorSet, "/millrace/head");
        String rows = nodes.normaliseRows(EncoderGraph.HEAD_WEIGHT, "/millrace/head/rows"); // [classes, dim]
        String columns = nodes.node("Transpose", List.of(rows), NodeAppender.integers("perm", 1, 0)); // [dim, classes]
        String cosines = nodes.node("MatMul", List.of(EncoderGraph.EMBEDDING, columns)); // [batch, classes]
        nodes.named(EncoderGraph.LOGITS, "Mul", List.of(cosines, nodes.constant(Tensors.scalar((float) scale))));
        nodes.named(
                EncoderGraph.PROBABILITIES, "Softmax", List.of(EncoderGraph.LOGITS), NodeAppender.integer("axis", 1));
    }
}
