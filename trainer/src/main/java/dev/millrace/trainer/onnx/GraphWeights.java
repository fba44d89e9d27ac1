package dev.millrace.trainer.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import dev.millrace.contract.StartupException;
import dev.millrace.trainer.onnx.operator.OperatorRegistry;
import dev.millrace.trainer.onnx.operator.TensorReader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.PatternSyntaxException;

/**
 * The float weights of a graph that may train, found by patterns over node paths and initializer names. Immutable.
 *
 * <p>A pattern is a glob: {@code *} within one part of a path, {@code **} over parts, {@code ?}, {@code [3-5]},
 * {@code {query,key}}; a leading slash does not matter. {@code encoder/layer.[3-5]/**} takes every weight that a node of
 * those layers reads, whatever the weight is called (exporters give matrices anonymous names);
 * {@code embeddings.word_embeddings.weight} takes that initializer. A weight behind a node that only rearranges it
 * ({@code Transpose}, {@code Identity}) counts for the node that uses the result. Single numbers (an epsilon, an
 * exponent) are taken only by their own name. What an operator reads as it is in the file ({@link
 * OperatorRegistry#isFixed}: the running statistics of a batch normalisation) is never taken.
 */
public final class GraphWeights {
    private static final Set<String> REARRANGING =
            Set.of("Transpose", "Identity", "Reshape", "Cast", "Unsqueeze", "Squeeze", "Flatten");

    private static final Set<String> PRODUCTS = Set.of("MatMul", "Gemm");

    private final GraphProto graph;
    /** By name, in graph order. */
    private final Map<String, long[]> shapes = new LinkedHashMap<>();
    /** Those that are single numbers. */
    private final Set<String> numbers = new HashSet<>();
    /** The weights that a value is, up to their arrangement. */
    private final Map<String, Set<String>> origins = new HashMap<>();

    private GraphWeights(GraphProto graph) {
        this.graph = graph;
        for (TensorProto tensor : graph.getInitializerList()) {
            boolean isWeight = TensorReader.isFloat(tensor);
            if (isWeight) {
                shapes.put(tensor.getName(), TensorReader.shape(tensor));
                origins.put(tensor.getName(), Set.of(tensor.getName()));
            }
            if (isWeight && tensor.getDimsList().stream().allMatch(extent -> extent == 1)) {
                numbers.add(tensor.getName());
            }
        }
        for (NodeProto node : graph.getNodeList()) {
            for (int i = 0; i < node.getInputCount(); i++) {
                if (OperatorRegistry.isFixed(node.getOpType(), i)) {
                    shapes.remove(node.getInput(i));
                    origins.remove(node.getInput(i));
                }
            }
            if (REARRANGING.contains(node.getOpType())) {
                Set<String> behind = readBy(node);
                node.getOutputList().forEach(output -> origins.put(output, behind));
            }
        }
    }

    /** Reads the weights of a model. */
    public static GraphWeights of(ModelProto model) {
        return new GraphWeights(model.getGraph());
    }

    /** Names of all weights that may train, in graph order. */
    public Set<String> names() {
        return Collections.unmodifiableSet(shapes.keySet());
    }

    /** A copy of the extents of one weight. */
    public long[] shape(String name) {
        long[] shape = shapes.get(name);
        if (shape == null) {
            throw new IllegalArgumentException("the graph has no weight \"" + name + "\" that may train");
        }
        return shape.clone();
    }

    /**
     * Returns the weights that a pattern stands for, in graph order of their readers.
     *
     * @param list name of the setting that holds the pattern, for messages
     * @throws StartupException if the pattern is malformed or stands for no weight, with the nearest names
     */
    public Set<String> matching(String pattern, String list) {
        Set<String> found = found(pattern, list);
        if (found.isEmpty()) {
            throw new StartupException(
                    list + ": the pattern \"" + pattern + "\" stands for no float weight of the graph."
                            + " Allowed are globs over node paths and initializer names; nearest are "
                            + NearestNames.quoted(pattern, pathsAndNames()) + ".");
        }
        return found;
    }

    /** Whether a pattern stands for any weight; throws as {@link #matching} does where it is malformed. */
    public boolean hasMatch(String pattern, String list) {
        return !found(pattern, list).isEmpty();
    }

    private Set<String> found(String pattern, String list) {
        NameGlob glob = glob(pattern, list);
        Set<String> found = new LinkedHashSet<>();
        for (String name : shapes.keySet()) {
            if (matches(glob, name) && (!numbers.contains(name) || pattern.equals(name))) {
                found.add(name);
            }
        }
        for (NodeProto node : graph.getNodeList()) {
            if (!node.getName().isEmpty() && matches(glob, node.getName())) {
                readBy(node).stream().filter(name -> !numbers.contains(name)).forEach(found::add);
            }
        }
        return found;
    }

    /** Matrices that a MatMul or Gemm multiplies with, in graph order. */
    public Set<String> matrices() {
        Set<String> factors = new HashSet<>();
        for (NodeProto node : graph.getNodeList()) {
            if (PRODUCTS.contains(node.getOpType())) {
                node.getInputList().stream()
                        .limit(2)
                        .forEach(input -> factors.addAll(origins.getOrDefault(input, Set.of())));
            }
        }
        Set<String> matrices = new LinkedHashSet<>(shapes.keySet());
        matrices.removeIf(name -> !factors.contains(name) || shape(name).length != 2 || numbers.contains(name));
        return matrices;
    }

    /** Nodes that use each weight, in graph order; the nodes that only rearrange it are left out. */
    Map<String, List<NodeProto>> readers() {
        Map<String, List<NodeProto>> readers = new LinkedHashMap<>();
        for (NodeProto node : graph.getNodeList()) {
            if (!REARRANGING.contains(node.getOpType())) {
                readBy(node)
                        .forEach(name -> readers.computeIfAbsent(name, k -> new ArrayList<>())
                                .add(node));
            }
        }
        return readers;
    }

    /** All nodes, in graph order. */
    List<NodeProto> nodes() {
        return graph.getNodeList();
    }

    private static NameGlob glob(String pattern, String list) {
        try {
            return new NameGlob(withoutSlash(pattern));
        } catch (PatternSyntaxException e) {
            throw new StartupException(
                    list + ": the pattern \"" + pattern + "\" is malformed: " + e.getDescription(), e);
        }
    }

    private static boolean matches(NameGlob glob, String name) {
        return glob.matches(withoutSlash(name));
    }

    private static String withoutSlash(String path) {
        return path.startsWith("/") ? path.substring(1) : path;
    }

    private Set<String> readBy(NodeProto node) {
        Set<String> read = new LinkedHashSet<>();
        for (String input : node.getInputList()) {
            read.addAll(origins.getOrDefault(input, Set.of()));
        }
        return read;
    }

    private List<String> pathsAndNames() {
        List<String> all = new ArrayList<>();
        for (NodeProto node : graph.getNodeList()) {
            if (!node.getName().isEmpty() && !readBy(node).isEmpty()) {
                all.add(node.getName());
            }
        }
        all.addAll(shapes.keySet());
        return all;
    }
}
