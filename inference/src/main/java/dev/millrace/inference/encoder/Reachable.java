package dev.millrace.inference.encoder;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Cuts away what a graph's outputs do not need. Stateless. */
final class Reachable {
    private Reachable() {}

    /**
     * The nodes, initializers and value notes that lead to the outputs, in their old order; inputs stay. So a pooler head
     * that nobody asks for is neither trained nor stored.
     */
    static GraphProto.Builder prune(GraphProto.Builder graph) {
        Map<String, NodeProto> producers = new HashMap<>();
        graph.getNodeList().forEach(node -> node.getOutputList().forEach(output -> producers.put(output, node)));
        Set<String> needed = new HashSet<>();
        ArrayDeque<String> open = new ArrayDeque<>();
        graph.getOutputList().forEach(output -> open.add(output.getName()));
        while (!open.isEmpty()) {
            String value = open.remove();
            NodeProto producer = producers.get(value);
            if (needed.add(value) && producer != null) {
                open.addAll(producer.getInputList());
            }
        }
        GraphProto.Builder pruned = graph.clone().clearNode().clearInitializer().clearValueInfo();
        graph.getNodeList().stream()
                .filter(node -> node.getOutputList().stream().anyMatch(needed::contains))
                .forEach(pruned::addNode);
        graph.getInitializerList().stream()
                .filter(tensor -> needed.contains(tensor.getName()))
                .forEach(pruned::addInitializer);
        graph.getValueInfoList().stream()
                .filter(value -> needed.contains(value.getName()))
                .forEach(pruned::addValueInfo);
        return pruned;
    }
}
