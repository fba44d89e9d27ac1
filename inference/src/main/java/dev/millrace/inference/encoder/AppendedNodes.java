package dev.millrace.inference.encoder;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.util.List;

/** The nodes that turn an encoder's token vectors into an embedding, and an embedding into class probabilities. */
final class AppendedNodes {
    private AppendedNodes() {}

    /**
     * Appends {@code embedding = normalise(sum over the tokens)} for {@link Pooling#MEAN}: the number of tokens, by which
     * a mean divides, cancels in the normalisation, so it is left out. For {@link Pooling#CLS} the first token is taken.
     *
     * @param hidden token vectors {@code [batch, seq, dim]}
     */
    static void pooling(GraphProto.Builder graph, long operatorSet, String hidden, Pooling pooling) {
        NodeAppender nodes = new NodeAppender(graph, operatorSet, "/millrace/pooling");
        String pooled = switch (pooling) {
            case MEAN -> sumOverTokens(nodes, hidden);
            case CLS ->
                nodes.node(
                        "Gather",
                        List.of(hidden, nodes.constant(Tensors.int64s(List.of(0L), true))),
                        NodeAppender.integer("axis", 1));
        };
        nodes.normaliseRows(pooled, EncoderGraph.EMBEDDING);
    }

    /**
     * Twice the sum of the token vectors under the mask, {@code [batch, dim]}; the factor cancels in the normalisation.
     * Twice, because ONNX Runtime adds the tokens one after another, so that padding changes no bit, only in a matrix
     * product of at least two rows; for one row, and in ReduceSum, it adds them in groups that depend on the length.
     */
    private static String sumOverTokens(NodeAppender nodes, String hidden) {
        String mask = nodes.node(
                "Cast",
                List.of("attention_mask"),
                NodeAppender.integer("to", TensorProto.DataType.FLOAT_VALUE)); // [batch, seq]
        String ones = nodes.constant(Tensors.ones(2, 1));
        String twice = nodes.node("Mul", List.of(nodes.unsqueeze(mask, 1), ones)); // [batch, 2, seq]
        String sums = nodes.node("MatMul", List.of(twice, hidden)); // [batch, 2, dim], both rows equal
        return nodes.reduceSum(sums, 1, false);
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
