package dev.millrace.trainer.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import dev.millrace.trainer.onnx.operator.TensorReader;
import dev.millrace.trainer.onnx.operator.UnsupportedNodeException;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Who makes and who reads each value of a graph, and which values are known at load time. Immutable. */
final class GraphIndex {
    private final Map<String, NodeProto> producers = new HashMap<>();
    private final Map<String, List<NodeProto>> readers = new HashMap<>();
    private final Map<String, Float> scalars = new HashMap<>();
    private final Map<String, long[]> integers = new HashMap<>();
    private final Map<String, long[]> weightShapes = new HashMap<>();
    private final Set<String> outputs = new HashSet<>();

    /** @param trained initializers that change; none of them counts as known */
    GraphIndex(GraphProto graph, Set<String> trained) {
        for (TensorProto tensor : graph.getInitializerList()) {
            if (TensorReader.isFloat(tensor)) {
                weightShapes.put(tensor.getName(), TensorReader.shape(tensor));
            }
            if (!trained.contains(tensor.getName())) {
                remember(tensor.getName(), tensor);
            }
        }
        for (NodeProto node : graph.getNodeList()) {
            node.getOutputList().forEach(output -> producers.put(output, node));
            node.getInputList()
                    .forEach(input -> readers.computeIfAbsent(input, k -> new ArrayList<>())
                            .add(node));
            if (node.getOpType().equals("Constant") && node.getOutputCount() > 0) {
                for (AttributeProto attribute : node.getAttributeList()) {
                    if (attribute.hasT()) {
                        remember(node.getOutput(0), attribute.getT());
                    }
                }
            }
        }
        graph.getOutputList().stream().map(ValueInfoProto::getName).forEach(outputs::add);
    }

    private void remember(String name, TensorProto tensor) {
        try {
            TensorReader.check(tensor);
        } catch (UnsupportedNodeException e) {
            return; // The compiler names it, if anything reads it.
        }
        int type = tensor.getDataType();
        long size = Arrays.stream(TensorReader.shape(tensor)).reduce(1, (a, b) -> a * b);
        if (TensorReader.isFloat(tensor) && size == 1) {
            scalars.put(name, TensorReader.floats(tensor).getFloat(0));
        } else if (type == TensorProto.DataType.INT64.getNumber() && size == 1) {
            boolean raw = !tensor.getRawData().isEmpty();
            integers.put(name, new long[] {
                raw
                        ? tensor.getRawData()
                                .asReadOnlyByteBuffer()
                                .order(ByteOrder.LITTLE_ENDIAN)
                                .getLong()
                        : tensor.getInt64Data(0)
            });
        }
    }

    /** Returns the node that makes a value, if it is of the given operator. */
    Optional<NodeProto> producer(String value, String operator) {
        return Optional.ofNullable(producers.get(value))
                .filter(node ->
                        node.getOpType().equals(operator) && node.getDomain().isEmpty());
    }

    /** Returns floats that are single numbers and never change, by value name. */
    Map<String, Float> scalars() {
        return scalars;
    }

    /** Tells whether the value is this number, up to the rounding of exporters. */
    boolean isNumber(String value, double number) {
        Float known = scalars.get(value);
        return known != null && Math.abs(known - number) <= 1e-4 * Math.abs(number);
    }

    /** Tells whether the node averages over the last axis and keeps it. */
    boolean isLastAxisMean(NodeProto node) {
        long[] axes = node.getInputCount() > 1 ? integers.get(node.getInput(1)) : null;
        boolean keepDims = true;
        for (AttributeProto attribute : node.getAttributeList()) {
            if (attribute.getName().equals("axes")) {
                axes = attribute.getIntsList().stream()
                        .mapToLong(Long::longValue)
                        .toArray();
            } else if (attribute.getName().equals("keepdims")) {
                keepDims = attribute.getI() != 0;
            }
        }
        return keepDims && axes != null && axes.length == 1 && axes[0] == -1;
    }

    /** Returns the shape of a float initializer. */
    Optional<long[]> weightShape(String value) {
        return Optional.ofNullable(weightShapes.get(value));
    }

    boolean isVector(String value) {
        return weightShape(value).filter(shape -> shape.length == 1).isPresent();
    }

    /** Tells whether nothing outside {@code nodes} reads what these nodes make, the last one's result excepted. */
    boolean isPrivate(List<NodeProto> nodes, NodeProto last) {
        Set<String> inside = nodes.stream().map(node -> node.getOutput(0)).collect(Collectors.toSet());
        return nodes.stream()
                .flatMap(node -> node.getOutputList().stream())
                .filter(output -> !output.equals(last.getOutput(0)))
                .noneMatch(output -> outputs.contains(output)
                        || readers.getOrDefault(output, List.of()).stream()
                                .anyMatch(reader -> !inside.contains(reader.getOutput(0))));
    }
}
