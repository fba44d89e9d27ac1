package dev.millrace.trainer.onnx.inspect;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.JniUtils;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import dev.millrace.inference.encoder.EncoderGraph;
import dev.millrace.inference.encoder.ModelFile;
import dev.millrace.inference.encoder.RefusedModelException;
import dev.millrace.trainer.onnx.GraphExecutor;
import dev.millrace.trainer.onnx.GraphWeights;
import dev.millrace.trainer.onnx.ParameterStore;
import dev.millrace.trainer.onnx.TrainSelector;
import dev.millrace.trainer.onnx.TrialRun;
import dev.millrace.trainer.onnx.UnsupportedGraphException;
import dev.millrace.trainer.onnx.inspect.ModelReport.Header;
import dev.millrace.trainer.onnx.inspect.ModelReport.Selectors;
import dev.millrace.trainer.onnx.operator.NodeView;
import dev.millrace.trainer.onnx.operator.OperatorRegistry;
import dev.millrace.trainer.onnx.operator.TensorReader;
import dev.millrace.trainer.onnx.operator.UnsupportedNodeException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Reads a model file the way training does, and reports instead of training. Owned by one thread. */
public final class ModelInspection {
    private final List<String> train;
    private final List<String> freeze;
    private final boolean mayMiss;

    /**
     * @param train patterns over node paths and weight names that would train
     * @param freeze patterns that would not, although {@code train} names them
     */
    public ModelInspection(List<String> train, List<String> freeze) {
        this(train, freeze, false);
    }

    private ModelInspection(List<String> train, List<String> freeze, boolean mayMiss) {
        this.train = List.copyOf(train);
        this.freeze = List.copyOf(freeze);
        this.mayMiss = mayMiss;
    }

    /** As the other, for patterns that nobody chose for this model: what stands for no weight is told of, not refused. */
    public static ModelInspection freezingWhatThereIs(List<String> train, List<String> freeze) {
        return new ModelInspection(train, freeze, true);
    }

    /**
     * Inspects a file.
     *
     * @throws RefusedModelException if it is no ONNX file, or cut short
     * @throws IOException if it cannot be read
     * @throws dev.millrace.contract.StartupException if a pattern is malformed or stands for no weight
     */
    public ModelReport inspect(Path file) throws RefusedModelException, IOException {
        byte[] bytes = ModelFile.bytes(file);
        ModelProto model = ModelFile.parse(bytes, file.toString());
        if (model.getGraph().getNodeCount() == 0) {
            throw new RefusedModelException(file.toString(), List.of("holds no ONNX graph with nodes in it"));
        }
        List<String> problems = new ArrayList<>();
        try {
            model = EncoderGraph.parse(bytes, file.toString()).proto();
        } catch (RefusedModelException e) {
            problems.addAll(e.problems());
        }
        List<OperatorUse> operators = operators(model);
        operators.forEach(use -> problems.addAll(use.refusals()));
        if (problems.isEmpty()) {
            return tried(model, bytes.length, operators);
        }
        Selectors selectors = new Selectors(train, freeze, List.of());
        return report(model, operators, new Chosen(selectors, Set.of(), List.of(), bytes.length), problems);
    }

    /** Weights that would train, by what, those of them out of reach, and the size of the file they are in. */
    private record Chosen(Selectors selectors, Set<String> trained, List<String> unreached, long fileBytes) {}

    private Selectors selectors(GraphWeights weights) {
        List<String> missed = mayMiss
                ? freeze.stream()
                        .filter(pattern -> !weights.hasMatch(pattern, "freeze"))
                        .toList()
                : List.of();
        return new Selectors(
                train,
                freeze.stream().filter(pattern -> !missed.contains(pattern)).toList(),
                missed);
    }

    private ModelReport tried(ModelProto model, long fileBytes, List<OperatorUse> operators) {
        GraphWeights weights = GraphWeights.of(model);
        Selectors selectors = selectors(weights);
        Set<String> trained = TrainSelector.select(weights, selectors.train(), selectors.freeze());
        Engine.getEngine("PyTorch"); // Loads the native library.
        JniUtils.setGradMode(false);
        try (ParameterStore parameters = ParameterStore.of(model, trained, Device.cpu());
                GraphExecutor executor = GraphExecutor.compile(model, parameters)) {
            List<String> unreached = TrialRun.check(model, executor, parameters);
            return report(model, operators, new Chosen(selectors, trained, unreached, fileBytes), List.of());
        } catch (UnsupportedGraphException e) {
            return report(model, operators, new Chosen(selectors, trained, List.of(), fileBytes), e.problems());
        }
    }

    private static ModelReport report(
            ModelProto model, List<OperatorUse> operators, Chosen chosen, List<String> problems) {
        GraphProto graph = model.getGraph();
        OptionalLong opset = opset(model);
        String producer = (model.getProducerName() + " " + model.getProducerVersion()).strip();
        Set<String> weights =
                graph.getInitializerList().stream().map(TensorProto::getName).collect(Collectors.toSet());
        List<String> inputs = graph.getInputList().stream()
                .filter(input -> !weights.contains(input.getName()))
                .map(ModelInspection::describe)
                .toList();
        List<TrainedGroup> groups = WeightGroups.of(graph, chosen.trained());
        long trainedValues = groups.stream().mapToLong(TrainedGroup::values).sum();
        long frozen = groups.stream().mapToLong(TrainedGroup::frozen).sum();
        return new ModelReport(
                new Header(producer, opset, graph.getNodeCount()),
                inputs,
                graph.getOutputList().stream().map(ModelInspection::describe).toList(),
                operators,
                chosen.selectors(),
                groups,
                chosen.unreached(),
                new MemoryNeed(chosen.fileBytes(), trainedValues + frozen, trainedValues),
                problems);
    }

    private static OptionalLong opset(ModelProto model) {
        return model.getOpsetImportList().stream()
                .filter(set -> set.getDomain().isEmpty() || set.getDomain().equals("ai.onnx"))
                .mapToLong(OperatorSetIdProto::getVersion)
                .max();
    }

    private static List<OperatorUse> operators(ModelProto model) {
        int opset = (int) opset(model).orElse(OperatorRegistry.MAX_OPSET);
        Map<String, List<NodeProto>> nodes = new TreeMap<>();
        for (NodeProto node : model.getGraph().getNodeList()) {
            boolean own = node.getDomain().isEmpty() || node.getDomain().equals("ai.onnx");
            String name = own ? node.getOpType() : node.getDomain() + "." + node.getOpType();
            nodes.computeIfAbsent(name, k -> new ArrayList<>()).add(node);
        }
        List<OperatorUse> uses = new ArrayList<>();
        nodes.forEach((name, ones) -> {
            List<String> refusals = new ArrayList<>();
            ones.forEach(node -> refusal(node, opset).ifPresent(refusals::add));
            uses.add(new OperatorUse(name, ones.size(), refusals));
        });
        return uses;
    }

    private static Optional<String> refusal(NodeProto node, int opset) {
        try {
            OperatorRegistry.checkSignature(node, opset);
            OperatorRegistry.create(new NodeView(node, opset, Map.of()));
            return Optional.empty();
        } catch (UnsupportedNodeException e) {
            String name = node.getName().isEmpty() ? String.join(", ", node.getOutputList()) : node.getName();
            return Optional.of("node \"" + name + "\" (" + node.getOpType() + "): " + e.getMessage());
        }
    }

    private static String describe(ValueInfoProto value) {
        TypeProto.Tensor type = value.getType().getTensorType();
        String shape = type.getShape().getDimList().stream()
                .map(extent -> extent.getDimValue() > 0
                        ? Long.toString(extent.getDimValue())
                        : extent.getDimParam().isEmpty() ? "?" : extent.getDimParam())
                .collect(Collectors.joining(", ", "[", "]"));
        return value.getName() + " " + TensorReader.typeName(type.getElemType()) + (type.hasShape() ? shape : "[...]");
    }
}
