package dev.millrace.trainer.onnx;

import ai.djl.ndarray.NDManager;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import dev.millrace.trainer.onnx.Program.Instruction;
import dev.millrace.trainer.onnx.Program.Output;
import dev.millrace.trainer.onnx.operator.NodeView;
import dev.millrace.trainer.onnx.operator.Operands;
import dev.millrace.trainer.onnx.operator.Operator;
import dev.millrace.trainer.onnx.operator.OperatorRegistry;
import dev.millrace.trainer.onnx.operator.Tensor;
import dev.millrace.trainer.onnx.operator.TensorReader;
import dev.millrace.trainer.onnx.operator.UnsupportedNodeException;
import dev.millrace.trainer.onnx.operator.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Turns a graph into a {@link Program}: fuse, drop what no output needs, fold constants, number the values. */
final class GraphCompiler {
    private final GraphProto graph;
    private final int opset;
    private final ParameterStore parameters;
    private final NDManager constants;
    private final GraphIndex index;
    private final List<String> problems = new ArrayList<>();
    private final Map<String, Integer> slots = new HashMap<>();
    private final Map<Integer, Value> known = new HashMap<>();
    private final Map<String, Integer> inputs = new LinkedHashMap<>();
    private final List<Instruction> instructions = new ArrayList<>();
    private int slotCount;

    /** @param constants takes the arrays of constants; outlives the program */
    GraphCompiler(ModelProto model, ParameterStore parameters, NDManager constants) {
        this.graph = model.getGraph();
        this.parameters = parameters;
        this.constants = constants;
        this.index = new GraphIndex(
                graph, parameters.changing().stream().map(Parameter::name).collect(Collectors.toSet()));
        this.opset = opset(model);
        if (model.getFunctionsCount() > 0) {
            problems.add("model: local functions are not supported");
        }
        if (graph.getSparseInitializerCount() > 0) {
            problems.add("graph: sparse initializers are not supported");
        }
    }

    private int opset(ModelProto model) {
        long version = model.getOpsetImportList().stream()
                .filter(o -> o.getDomain().isEmpty() || o.getDomain().equals("ai.onnx"))
                .mapToLong(o -> o.getVersion())
                .findFirst()
                .orElse(1);
        if (version < OperatorRegistry.MIN_OPSET || version > OperatorRegistry.MAX_OPSET) {
            problems.add("model: opset " + version + " is not supported (allowed: " + OperatorRegistry.MIN_OPSET
                    + " to " + OperatorRegistry.MAX_OPSET + "); export the model with another opset");
        }
        return (int) Math.max(OperatorRegistry.MIN_OPSET, Math.min(OperatorRegistry.MAX_OPSET, version));
    }

    Program compile(boolean fused) throws UnsupportedGraphException {
        checkSignatures();
        List<NodeProto> nodes =
                needed(fused ? TokenPacking.apply(graph, Fusion.apply(graph, index), index) : graph.getNodeList());
        placeInitializers();
        placeInputs();
        for (NodeProto node : nodes) {
            translate(node);
        }
        Map<String, Integer> outputs = new LinkedHashMap<>();
        for (ValueInfoProto output : graph.getOutputList()) {
            Integer slot = slots.get(output.getName());
            if (slot == null) {
                problems.add("graph output \"" + output.getName() + "\": nothing produces it");
            } else {
                outputs.put(output.getName(), slot);
            }
        }
        if (!problems.isEmpty()) {
            throw new UnsupportedGraphException(problems);
        }
        return assemble(outputs);
    }

    /** Fusion and everything after it count on nodes that have their inputs. */
    private void checkSignatures() throws UnsupportedGraphException {
        List<String> malformed = new ArrayList<>();
        for (NodeProto node : graph.getNodeList()) {
            try {
                OperatorRegistry.checkSignature(node, opset);
            } catch (UnsupportedNodeException e) {
                malformed.add(describe(node) + ": " + e.getMessage());
            }
        }
        if (!malformed.isEmpty()) {
            problems.addAll(malformed);
            throw new UnsupportedGraphException(problems);
        }
    }

    private static String describe(NodeProto node) {
        String name = node.getName().isEmpty() && node.getOutputCount() > 0 ? node.getOutput(0) : node.getName();
        boolean isLinear = node.getOpType().equals(OperatorRegistry.LINEAR);
        return "node \"" + name + "\" (" + (isLinear ? "MatMul, fused with Add" : node.getOpType()) + ")";
    }

    /** Returns the nodes that some graph output depends on, in order. */
    private List<NodeProto> needed(List<NodeProto> nodes) {
        Set<String> wanted = new HashSet<>();
        graph.getOutputList().forEach(output -> wanted.add(output.getName()));
        List<NodeProto> kept = new ArrayList<>();
        for (int i = nodes.size() - 1; i >= 0; i--) {
            NodeProto node = nodes.get(i);
            if (node.getOutputList().stream().anyMatch(wanted::contains)) {
                wanted.addAll(node.getInputList());
                kept.add(node);
            }
        }
        Collections.reverse(kept);
        return kept;
    }

    private void placeInitializers() {
        for (Parameter parameter : parameters.all()) {
            slots.put(parameter.name(), slotCount++);
        }
        for (TensorProto tensor : graph.getInitializerList()) {
            if (slots.containsKey(tensor.getName())) {
                continue;
            }
            try {
                Value value = TensorReader.value(tensor, constants);
                known.put(slotCount, value);
                slots.put(tensor.getName(), slotCount++);
            } catch (UnsupportedNodeException e) {
                problems.add("initializer \"" + tensor.getName() + "\": " + e.getMessage());
                slots.put(tensor.getName(), slotCount++);
            }
        }
    }

    private void placeInputs() {
        for (ValueInfoProto input : graph.getInputList()) {
            if (!slots.containsKey(input.getName())) {
                inputs.put(input.getName(), slotCount);
                slots.put(input.getName(), slotCount++);
            }
        }
    }

    private void translate(NodeProto node) {
        String description = describe(node);
        int[] operands = new int[node.getInputCount()];
        for (int i = 0; i < operands.length; i++) {
            String input = node.getInput(i);
            operands[i] = input.isEmpty() ? Program.ABSENT : slots.getOrDefault(input, Integer.MIN_VALUE);
            if (operands[i] == Integer.MIN_VALUE) {
                problems.add(description + ": nothing before it produces its input \"" + input + "\"");
            }
        }
        int[] results = node.getOutputList().stream()
                .mapToInt(output -> output.isEmpty() ? Program.ABSENT : slotCount++)
                .toArray();
        for (int i = 0; i < results.length; i++) {
            if (results[i] != Program.ABSENT) {
                slots.put(node.getOutput(i), results[i]);
            }
        }
        try {
            Operator operator = OperatorRegistry.create(new NodeView(node, opset, index.scalars()));
            emit(new Instruction(description, operator, operands, results));
        } catch (UnsupportedNodeException e) {
            problems.add(description + ": " + e.getMessage());
        }
    }

    /** Runs the instruction now if it depends on constants only; otherwise makes it part of the program. */
    private void emit(Instruction instruction) throws UnsupportedNodeException {
        @Nullable Value[] values = new Value[instruction.operands().length];
        for (int i = 0; i < values.length; i++) {
            int slot = instruction.operands()[i];
            if (slot == Integer.MIN_VALUE) {
                return;
            }
            values[i] = known.get(slot);
            if (slot != Program.ABSENT && values[i] == null) {
                instructions.add(instruction);
                return;
            }
        }
        try {
            Value[] outputs = instruction.operator().run(new Operands(constants, values));
            for (int i = 0; i < instruction.results().length; i++) {
                if (instruction.results()[i] != Program.ABSENT) {
                    known.put(instruction.results()[i], outputs[i]);
                }
            }
        } catch (RuntimeException e) {
            throw new UnsupportedNodeException("cannot be computed from its constants: " + e.getMessage());
        }
    }

    private Program assemble(Map<String, Integer> outputs) {
        int[] reads = new int[slotCount];
        Set<Integer> used = new HashSet<>(outputs.values());
        for (Instruction instruction : instructions) {
            for (int slot : instruction.operands()) {
                if (slot != Program.ABSENT) {
                    reads[slot]++;
                    used.add(slot);
                }
            }
        }
        @Nullable Value[] initial = new Value[slotCount];
        known.forEach((slot, value) -> {
            if (used.contains(slot)) {
                initial[slot] = value;
            } else if (value instanceof Tensor tensor) {
                tensor.array().close();
            }
        });
        Arrays.fill(reads, 0, parameters.count(), 0);
        known.keySet().forEach(slot -> reads[slot] = 0);
        inputs.values().forEach(slot -> reads[slot] = 0);
        outputs.values().forEach(slot -> reads[slot] = 0);
        inputs.values().removeIf(slot -> !used.contains(slot));
        Map<String, Output> plans = new LinkedHashMap<>();
        outputs.forEach((name, slot) -> plans.put(name, new Output(slot, plan(slot))));
        return new Program(instructions.toArray(Instruction[]::new), initial, reads, inputs, plans);
    }

    private int[] plan(int output) {
        Set<Integer> wanted = new HashSet<>(Set.of(output));
        List<Integer> plan = new ArrayList<>();
        for (int i = instructions.size() - 1; i >= 0; i--) {
            Instruction instruction = instructions.get(i);
            if (Arrays.stream(instruction.results()).anyMatch(wanted::contains)) {
                Arrays.stream(instruction.operands()).forEach(wanted::add);
                plan.add(i);
            }
        }
        return plan.stream().sorted().mapToInt(Integer::intValue).toArray();
    }
}
