package dev.millrace.trainer.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import dev.millrace.contract.StartupException;
import dev.millrace.trainer.onnx.operator.OperatorRegistry;
import dev.millrace.trainer.onnx.operator.TensorReader;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.PatternSyntaxException;

/**
 * Chooses the weights that train, by patterns over node paths and initializer names. Stateless.
 *
 * <p>A pattern is a glob: {@code *} within one part of a path, {@code **} over parts, {@code ?}, {@code [3-5]},
 * {@code {query,key}}; a leading slash does not matter. {@code encoder/layer.[3-5]/**} takes every weight that a node of
 * those layers reads, whatever the weight is called (exporters give matrices anonymous names);
 * {@code embeddings.word_embeddings.weight} takes that initializer. A weight behind a node that only rearranges it
 * ({@code Transpose}, {@code Identity}) counts for the node that uses the result. Single numbers (an epsilon, an
 * exponent) are taken only by their own name. What an operator reads as it is in the file ({@link
 * OperatorRegistry#isFixed}: the running statistics of a batch normalisation) is never taken.
 */
public final class TrainSelector {
    private static final Set<String> REARRANGING =
            Set.of("Transpose", "Identity", "Reshape", "Cast", "Unsqueeze", "Squeeze", "Flatten");

    private final GraphProto graph;
    /** Float initializers that may train, in graph order. */
    private final Set<String> weights = new LinkedHashSet<>();
    /** Those of them that are single numbers. */
    private final Set<String> numbers = new HashSet<>();
    /** The weights that a value is, up to their arrangement. */
    private final Map<String, Set<String>> origins = new HashMap<>();

    private TrainSelector(GraphProto graph) {
        this.graph = graph;
        for (TensorProto tensor : graph.getInitializerList()) {
            boolean isWeight = TensorReader.isFloat(tensor);
            if (isWeight) {
                weights.add(tensor.getName());
                origins.put(tensor.getName(), Set.of(tensor.getName()));
            }
            if (isWeight && tensor.getDimsList().stream().allMatch(extent -> extent == 1)) {
                numbers.add(tensor.getName());
            }
        }
        for (NodeProto node : graph.getNodeList()) {
            for (int i = 0; i < node.getInputCount(); i++) {
                if (OperatorRegistry.isFixed(node.getOpType(), i)) {
                    weights.remove(node.getInput(i));
                    origins.remove(node.getInput(i));
                }
            }
            if (REARRANGING.contains(node.getOpType())) {
                Set<String> behind = weightsRead(node);
                node.getOutputList().forEach(output -> origins.put(output, behind));
            }
        }
    }

    /**
     * Returns the names of the initializers that train, in graph order.
     *
     * @param train what trains; empty means nothing
     * @param freeze what does not, although {@code train} names it
     * @throws StartupException if a pattern is malformed or stands for no weight
     */
    public static Set<String> select(ModelProto model, List<String> train, List<String> freeze) {
        TrainSelector selector = new TrainSelector(model.getGraph());
        Set<String> chosen = new LinkedHashSet<>();
        train.forEach(pattern -> chosen.addAll(selector.matching(pattern, "train")));
        freeze.forEach(pattern -> chosen.removeAll(selector.matching(pattern, "freeze")));
        Set<String> ordered = new LinkedHashSet<>(selector.weights);
        ordered.retainAll(chosen);
        return ordered;
    }

    private Set<String> matching(String pattern, String list) {
        PathMatcher matcher = matcher(pattern, list);
        Set<String> found = new LinkedHashSet<>();
        for (String name : weights) {
            if (matches(matcher, name) && (!numbers.contains(name) || pattern.equals(name))) {
                found.add(name);
            }
        }
        for (NodeProto node : graph.getNodeList()) {
            if (!node.getName().isEmpty() && matches(matcher, node.getName())) {
                weightsRead(node).stream()
                        .filter(name -> !numbers.contains(name))
                        .forEach(found::add);
            }
        }
        if (found.isEmpty()) {
            throw new StartupException(list + ": the pattern \"" + pattern
                    + "\" stands for no float weight of the graph."
                    + " Allowed are globs over node paths such as \"" + anyNode() + "\" or initializer names such as \""
                    + weights.stream().findFirst().orElse("") + "\".");
        }
        return found;
    }

    private static PathMatcher matcher(String pattern, String list) {
        try {
            return FileSystems.getDefault().getPathMatcher("glob:" + withoutSlash(pattern));
        } catch (PatternSyntaxException e) {
            throw new StartupException(
                    list + ": the pattern \"" + pattern + "\" is malformed: " + e.getDescription(), e);
        }
    }

    private static boolean matches(PathMatcher matcher, String name) {
        return matcher.matches(Path.of(withoutSlash(name)));
    }

    private static String withoutSlash(String path) {
        return path.startsWith("/") ? path.substring(1) : path;
    }

    private Set<String> weightsRead(NodeProto node) {
        Set<String> read = new LinkedHashSet<>();
        for (String input : node.getInputList()) {
            read.addAll(origins.getOrDefault(input, Set.of()));
        }
        return read;
    }

    private String anyNode() {
        return graph.getNodeList().stream()
                .filter(node -> !weightsRead(node).isEmpty())
                .map(NodeProto::getName)
                .findFirst()
                .orElse("");
    }
}
