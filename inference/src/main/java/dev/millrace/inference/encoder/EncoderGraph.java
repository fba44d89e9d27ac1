package dev.millrace.inference.encoder;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import dev.millrace.contract.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;

/**
 * The ONNX graph of an encoder: read and checked, given pooling and a head, taken apart into a skeleton and its
 * weights, and put together again. Immutable; every {@code with...} method returns a new graph. Thread-safe.
 */
public final class EncoderGraph {
    /** Output {@code [batch, dim]}: one L2-normalised vector an input; all zeros for a text without tokens. */
    public static final String EMBEDDING = "millrace.embedding";
    /** Output {@code [batch, classes]}: scaled cosines between embedding and head rows. */
    public static final String LOGITS = "millrace.logits";
    /** Output {@code [batch, classes]}: softmax of the logits. */
    public static final String PROBABILITIES = "millrace.probabilities";
    /** Initializer {@code [classes, dim]}: one row a class, of any length; rows are normalised in the graph. */
    public static final String HEAD_WEIGHT = "millrace.head.weight";

    /** First version of the file format in which weights need not be listed among the inputs. */
    private static final long FREE_INITIALIZERS = 4;

    private final ModelProto model;
    private final GraphInterface faces;
    private final String origin;
    private final String sha256;

    private EncoderGraph(ModelProto model, GraphInterface faces, String origin, String sha256) {
        this.model = model;
        this.faces = faces;
        this.origin = origin;
        this.sha256 = sha256;
    }

    /**
     * Reads a model file that holds its own weights.
     *
     * @throws RefusedModelException with every problem found: no ONNX, cut short, operators outside ONNX's own set,
     *     quantised, half precision, control flow, weights in other files, wrong inputs or outputs
     * @throws IOException when the file cannot be read
     */
    public static EncoderGraph read(Path file) throws RefusedModelException, IOException {
        return parse(ModelFile.bytes(file), file.toString());
    }

    /**
     * As {@link #read}, from memory.
     *
     * @param model the file's bytes; handed over, the graph goes on using this array
     * @param origin where the bytes came from, for messages
     */
    public static EncoderGraph parse(byte[] model, String origin) throws RefusedModelException {
        return parse(model, origin, GraphCheck.Weights.INLINE);
    }

    /** Parses what {@link #skeleton} made: a pooled graph without any float weight in it. */
    public static EncoderGraph parseSkeleton(byte[] skeleton, String origin) throws RefusedModelException {
        EncoderGraph graph = parse(skeleton, origin, GraphCheck.Weights.EXTERNAL);
        if (!graph.faces.isPooled()) {
            throw new RefusedModelException(origin, List.of("has no output " + EMBEDDING));
        }
        return graph;
    }

    private static EncoderGraph parse(byte[] bytes, String origin, GraphCheck.Weights weights)
            throws RefusedModelException {
        ModelProto model = ModelFile.parse(bytes, origin);
        List<String> problems = new ArrayList<>(GraphCheck.problems(model, weights));
        GraphInterface faces = GraphInterface.of(model.getGraph(), problems);
        if (!problems.isEmpty()) {
            throw new RefusedModelException(origin, problems);
        }
        // A skeleton was taken apart after this, so what it still holds as a constant is one.
        ModelProto free = withFreeInitializers(model);
        ModelProto read = weights == GraphCheck.Weights.INLINE ? ConstantWeights.hoist(free) : free;
        return new EncoderGraph(read, faces, origin, Sha256.of(bytes));
    }

    /** Weights that are inputs too could be overridden by a caller, so the runtime would not prepare them. */
    private static ModelProto withFreeInitializers(ModelProto model) {
        List<ValueInfoProto> inputs = GraphInterface.inputs(model.getGraph());
        if (inputs.size() == model.getGraph().getInputCount()) {
            return model;
        }
        return model.toBuilder()
                .setIrVersion(Math.max(model.getIrVersion(), FREE_INITIALIZERS))
                .setGraph(model.getGraph().toBuilder().clearInput().addAllInput(inputs))
                .build();
    }

    public ModelProto proto() {
        return model;
    }

    /** As {@link #withPooling(Pooling, String)}, on the output that has the form which the pooling takes. */
    public EncoderGraph withPooling(Pooling pooling) throws RefusedModelException {
        return withPooling(pooling, "");
    }

    /**
     * Appends pooling and L2 normalisation. {@link #EMBEDDING} becomes the only output, and what does not lead to it is
     * cut away. A graph that makes embeddings already is returned without its other outputs; its own pooling stays.
     *
     * @param output name of the value that is pooled, an output or not; empty finds the output by its form
     * @throws RefusedModelException when no value of the graph can be pooled like that
     */
    public EncoderGraph withPooling(Pooling pooling, String output) throws RefusedModelException {
        GraphProto.Builder graph = model.getGraph().toBuilder();
        long dimension = faces.dimension();
        if (!faces.isPooled()) {
            HiddenValue hidden = output.isEmpty()
                    ? HiddenValue.find(model, pooling, origin)
                    : HiddenValue.named(model, output, pooling, origin);
            dimension = hidden.dimension();
            NodeAppender nodes = new NodeAppender(graph, operatorSet(), "/millrace/pooling");
            AppendedNodes.pooling(nodes, faces.kind(), hidden, pooling);
        }
        graph.clearOutput().addOutput(GraphValue.floats(EMBEDDING, "batch", dimension));
        return with(Reachable.prune(graph), dimension);
    }

    /**
     * Appends {@code logits = scale * cos(embedding, weight row)} and their softmax; takes the place of a head that is
     * there already. The weights are zeros, which give even probabilities; {@link #withWeights} brings the real ones.
     *
     * @param classes rows of {@link #HEAD_WEIGHT}, at least 1
     * @param scale inverse temperature, positive
     * @throws IllegalStateException when the graph has no {@link #EMBEDDING} yet
     */
    public EncoderGraph withCosineHead(int classes, double scale) {
        if (!faces.isPooled()) {
            throw new IllegalStateException("call withPooling first: a head needs " + EMBEDDING);
        }
        if (classes < 1 || !(scale > 0 && scale <= Float.MAX_VALUE)) {
            throw new IllegalArgumentException(
                    "a head needs classes >= 1 and a positive finite scale, had " + classes + " and " + scale);
        }
        GraphProto.Builder graph = model.getGraph().toBuilder();
        graph.clearOutput().addOutput(GraphValue.floats(EMBEDDING, "batch", faces.dimension()));
        graph = Reachable.prune(graph);
        graph.addInitializer(Tensors.zeros(HEAD_WEIGHT, classes, faces.dimension()));
        AppendedNodes.cosineHead(graph, operatorSet(), scale);
        graph.addOutput(GraphValue.floats(LOGITS, "batch", classes))
                .addOutput(GraphValue.floats(PROBABILITIES, "batch", classes));
        return with(graph, faces.dimension());
    }

    private EncoderGraph with(GraphProto.Builder graph, long dimension) {
        return new EncoderGraph(model.toBuilder().setGraph(graph).build(), faces.pooled(dimension), origin, sha256);
    }

    private long operatorSet() {
        return GraphCheck.operatorSet(model).orElseThrow();
    }

    /** Name and shape of each float weight, in graph order. */
    public Map<String, long[]> floatInitializers() {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        floats().forEach(tensor -> shapes.put(tensor.getName(), Tensors.shape(tensor)));
        return shapes;
    }

    private List<TensorProto> floats() {
        return model.getGraph().getInitializerList().stream()
                .filter(Tensors::isFloat)
                .toList();
    }

    /**
     * A copy of one float weight.
     *
     * @return a direct little-endian buffer, row-major, position 0
     * @throws IllegalArgumentException when the graph has no float weight of that name, or is a skeleton
     */
    public ByteBuffer weight(String name) {
        return floats().stream()
                .filter(tensor -> tensor.getName().equals(name) && !Tensors.isExternal(tensor))
                .findFirst()
                .map(Tensors::floats)
                .orElseThrow(() -> new IllegalArgumentException("the graph holds no float weight " + name));
    }

    /** The graph with every float weight marked external and none inside; {@link OrtEncoder} brings both together. */
    public byte[] skeleton() {
        return mapFloats(Tensors::external).toByteArray();
    }

    /**
     * A plain self-contained ONNX file.
     *
     * @param weights little-endian values for some or all float weights; the others keep theirs
     * @throws IllegalArgumentException when a name is unknown or a length does not fit
     */
    public byte[] withWeights(Map<String, ByteBuffer> weights) {
        Map<String, long[]> shapes = floatInitializers();
        weights.forEach((name, values) -> {
            long[] shape = shapes.get(name);
            if (shape == null || values.remaining() != Float.BYTES * Tensors.count(shape)) {
                throw new IllegalArgumentException(
                        "weight " + name + " of " + values.remaining() + " bytes does not fit "
                                + (shape == null ? "the graph, which has none of that name" : Arrays.toString(shape)));
            }
        });
        return mapFloats(tensor -> {
                    ByteBuffer values = weights.get(tensor.getName());
                    return values == null ? tensor : Tensors.withFloats(tensor, values);
                })
                .toByteArray();
    }

    private ModelProto mapFloats(UnaryOperator<TensorProto> change) {
        GraphProto.Builder graph = model.getGraph().toBuilder().clearInitializer();
        model.getGraph()
                .getInitializerList()
                .forEach(tensor -> graph.addInitializer(Tensors.isFloat(tensor) ? change.apply(tensor) : tensor));
        return model.toBuilder().setGraph(graph).build();
    }

    /** What it reads. */
    public InputKind input() {
        return faces.kind();
    }

    /** {@code [channels, height, width]} of one image or {@code [dimension]} of one vector, 0 where open; empty for text. */
    public List<Integer> inputShape() {
        return faces.inputShape();
    }

    /** Inputs a caller gives, in graph order. */
    public List<String> inputNames() {
        return faces.inputNames();
    }

    /** Length of one embedding; 0 before pooling. */
    public int embeddingDimension() {
        return Math.toIntExact(faces.dimension());
    }

    /** Whether the graph makes class probabilities. */
    public boolean hasHead() {
        return model.getGraph().getOutputList().stream()
                .anyMatch(output -> output.getName().equals(PROBABILITIES));
    }

    /** Hash of the bytes that were read, whatever was appended since. */
    public String sha256() {
        return sha256;
    }

    /** Rows of the word embedding, where the graph looks token ids up in a weight directly. */
    public OptionalLong vocabularyRows() {
        Map<String, long[]> shapes = floatInitializers();
        return model.getGraph().getNodeList().stream()
                .filter(node ->
                        node.getOpType().equals("Gather") && node.getInputList().indexOf("input_ids") == 1)
                .map((NodeProto node) -> shapes.get(node.getInput(0)))
                .filter(shape -> shape != null && shape.length == 2)
                .mapToLong(shape -> shape[0])
                .min();
    }
}
