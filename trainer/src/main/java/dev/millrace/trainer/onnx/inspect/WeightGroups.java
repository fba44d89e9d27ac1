package dev.millrace.trainer.onnx.inspect;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import dev.millrace.trainer.onnx.operator.TensorReader;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Sorts the float weights of a graph by where in the network they are read. Stateless. */
final class WeightGroups {
    private static final String WITHOUT_PATH = "(nodes without a path)";

    private WeightGroups() {}

    static List<TrainedGroup> of(GraphProto graph, Set<String> trained) {
        Map<String, String> readers = firstReaders(graph);
        Map<String, TrainedGroup> groups = new LinkedHashMap<>();
        for (TensorProto tensor : graph.getInitializerList()) {
            if (TensorReader.isFloat(tensor)) {
                boolean trains = trained.contains(tensor.getName());
                long values = values(tensor);
                String path = group(readers.getOrDefault(tensor.getName(), ""));
                TrainedGroup one = new TrainedGroup(path, trains ? 1 : 0, trains ? values : 0, trains ? 0 : values);
                groups.merge(path, one, WeightGroups::joined);
            }
        }
        return List.copyOf(groups.values());
    }

    static long values(TensorProto tensor) {
        return Arrays.stream(TensorReader.shape(tensor)).reduce(1, (a, b) -> a * b);
    }

    private static TrainedGroup joined(TrainedGroup a, TrainedGroup b) {
        return new TrainedGroup(a.path(), a.tensors() + b.tensors(), a.values() + b.values(), a.frozen() + b.frozen());
    }

    private static Map<String, String> firstReaders(GraphProto graph) {
        Map<String, String> readers = new HashMap<>();
        for (NodeProto node : graph.getNodeList()) {
            node.getInputList().forEach(input -> readers.putIfAbsent(input, node.getName()));
        }
        return readers;
    }

    private static String group(String path) {
        String[] parts = (path.startsWith("/") ? path.substring(1) : path).split("/", -1);
        if (parts.length < 2) {
            return WITHOUT_PATH;
        }
        for (int i = 0; i < parts.length - 1; i++) {
            if (parts[i].chars().anyMatch(Character::isDigit)) {
                return String.join("/", Arrays.copyOf(parts, i + 1));
            }
        }
        return parts[0];
    }
}
