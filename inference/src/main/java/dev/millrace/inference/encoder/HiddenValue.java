package dev.millrace.inference.encoder;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import ai.onnxruntime.TensorInfo;
import java.util.List;
import java.util.Optional;

/**
 * The value of a graph that an embedding is made of: {@code [batch, tokens, dimension]}, {@code [batch, channels, height,
 * width]} or {@code [batch, dimension]}. Immutable.
 *
 * @param name of the value
 * @param rank number of its dimensions
 * @param dimension length of one vector: the channels of a feature map, the last dimension elsewhere
 */
record HiddenValue(String name, int rank, long dimension) {
    static final int VECTOR = 2;
    static final int TOKENS = 3;
    static final int FEATURE_MAP = 4;

    /** Names exporters give to such outputs; they decide where a graph has several that would do. */
    private static final List<String> USUAL_OUTPUTS = List.of(
            "last_hidden_state",
            "token_embeddings",
            "sentence_embedding",
            "image_embeds",
            "text_embeds",
            "pooler_output",
            "embedding",
            "embeddings");

    /**
     * The output that pooling can work on, by its form.
     *
     * @throws RefusedModelException when there is none, or more than one without a usual name
     */
    static HiddenValue find(ModelProto model, Pooling pooling, String origin) throws RefusedModelException {
        List<ValueInfoProto> candidates = model.getGraph().getOutputList().stream()
                .filter(output -> output.getType().getTensorType().getElemType() == TensorProto.DataType.FLOAT_VALUE)
                .filter(output -> pooling.takes(Shapes.rank(output)))
                .toList();
        Optional<ValueInfoProto> usual = USUAL_OUTPUTS.stream()
                .flatMap(name ->
                        candidates.stream().filter(output -> output.getName().equals(name)))
                .findFirst();
        if (usual.isEmpty() && candidates.size() != 1) {
            List<String> seen = model.getGraph().getOutputList().stream()
                    .map(output -> output.getName() + " " + Shapes.describe(output))
                    .toList();
            throw refused(
                    origin,
                    "needs one float output " + pooling.forms() + ", best named " + USUAL_OUTPUTS.get(0) + "; has "
                            + seen + ". Another pooling may fit, or name a value of the graph with model.output");
        }
        ValueInfoProto output = usual.orElseGet(() -> candidates.get(0));
        int rank = Shapes.rank(output);
        return checked(new HiddenValue(output.getName(), rank, Shapes.at(output, axis(rank))), origin);
    }

    /**
     * A value by its name, output or not.
     *
     * @throws RefusedModelException when nothing makes it, or pooling cannot work on it
     */
    static HiddenValue named(ModelProto model, String name, Pooling pooling, String origin)
            throws RefusedModelException {
        GraphProto graph = model.getGraph();
        if (graph.getNodeList().stream().noneMatch(node -> node.getOutputList().contains(name))) {
            throw refused(
                    origin,
                    "model.output \"" + name + "\": no node makes a value of that name; the outputs are "
                            + graph.getOutputList().stream()
                                    .map(ValueInfoProto::getName)
                                    .toList());
        }
        ValueInfoProto.Builder bare = ValueInfoProto.newBuilder().setName(name);
        GraphProto.Builder alone = graph.toBuilder().clearOutput().addOutput(bare);
        long[] shape =
                inferred(model.toBuilder().setGraph(Reachable.prune(alone)).build(), name, origin);
        if (!pooling.takes(shape.length)) {
            throw refused(
                    origin,
                    "model.output \"" + name + "\" is " + java.util.Arrays.toString(shape) + ", pooling " + pooling
                            + " takes " + pooling.forms());
        }
        return checked(new HiddenValue(name, shape.length, Math.max(0, shape[axis(shape.length)])), origin);
    }

    /** Has ONNX Runtime infer the shape of an output; -1 where it is open. */
    private static long[] inferred(ModelProto model, String output, String origin) throws RefusedModelException {
        OrtEnvironment environment = OrtEncoder.environment();
        try (SessionOptions options = new SessionOptions()) {
            options.setOptimizationLevel(OptLevel.NO_OPT);
            options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
            try (OrtSession session = environment.createSession(model.toByteArray(), options)) {
                NodeInfo info = session.getOutputInfo().get(output);
                return info != null && info.getInfo() instanceof TensorInfo tensor ? tensor.getShape() : new long[0];
            }
        } catch (OrtException e) {
            throw refused(origin, "ONNX Runtime does not take it: " + e.getMessage());
        }
    }

    private static int axis(int rank) {
        return rank == FEATURE_MAP ? 1 : rank - 1;
    }

    private static HiddenValue checked(HiddenValue value, String origin) throws RefusedModelException {
        if (value.dimension < 1) {
            throw refused(
                    origin,
                    "output " + value.name + ": its " + (value.rank == FEATURE_MAP ? "channels" : "last dimension")
                            + " must be a fixed number");
        }
        return value;
    }

    private static RefusedModelException refused(String origin, String problem) {
        return new RefusedModelException(origin, List.of(problem));
    }
}
