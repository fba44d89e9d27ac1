package dev.millrace.trainer.onnx.operator;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.GradientCollector;
import ai.onnx.proto.OnnxMl.ModelProto;
import dev.millrace.trainer.onnx.GraphExecutor;
import dev.millrace.trainer.onnx.GraphRun;
import dev.millrace.trainer.onnx.HostArray;
import dev.millrace.trainer.onnx.OnnxRuntimeReference;
import dev.millrace.trainer.onnx.Parameter;
import dev.millrace.trainer.onnx.ParameterStore;
import dev.millrace.trainer.onnx.UnsupportedGraphException;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** What holds for every operator: it computes what ONNX Runtime computes, and its gradient is the slope. */
final class OperatorCheck {
    /** Float32 rounding of one operator, relative to values above 1. */
    private static final double TOLERANCE = 2e-5;

    /** Step of the central difference: rounding falls and curvature grows with it. */
    private static final float STEP = 1e-2f;

    private static final double GRADIENT_TOLERANCE = 5e-3;

    private OperatorCheck() {}

    /** Compares with ONNX Runtime, inputs fed on the device and inputs stored as weights and constants. */
    static void assertParity(OneNode node) throws Exception {
        Map<String, HostArray> expected;
        try (OnnxRuntimeReference reference =
                new OnnxRuntimeReference(node.fed().toByteArray())) {
            expected = reference.run(node.inputs());
        }
        assertSame(node + " fed", run(node, node.fed(), node.inputs()), expected);
        assertSame(node + " stored", run(node, node.stored(), Map.of()), expected);
    }

    /** Compiles and expects this reason, and no other problem. */
    static void assertRefused(OneNode node, String reason) {
        try (ParameterStore parameters = ParameterStore.of(node.fed(), Set.of(), Device.cpu())) {
            assertThatThrownBy(() -> GraphExecutor.compile(node.fed(), parameters))
                    .as(node.toString())
                    .isInstanceOfSatisfying(
                            UnsupportedGraphException.class,
                            refusal -> assertThat(refusal.problems())
                                    .containsExactly("node \"node\" (" + node.operator() + "): " + reason));
        }
    }

    /** Compiles and expects one problem whose reason begins so. */
    static void assertRefusedBecause(OneNode node, String start) {
        try (ParameterStore parameters = ParameterStore.of(node.fed(), Set.of(), Device.cpu())) {
            assertThatThrownBy(() -> GraphExecutor.compile(node.fed(), parameters))
                    .as(node.toString())
                    .hasMessageContaining("node \"node\" (" + node.operator() + "): " + start);
        }
    }

    /** Tells whether there is a gradient to compare: the operator has one, and a float input that may train. */
    static boolean hasGradient(OneNode node) {
        return OperatorRegistry.hasGradient(node.operator()) && !trainable(node).isEmpty() && node.resultIsFloat();
    }

    private static Set<String> trainable(OneNode node) {
        Set<String> floats = new HashSet<>();
        node.inputs().forEach((name, array) -> {
            boolean fixed = OperatorRegistry.isFixed(node.operator(), Integer.parseInt(name.substring("in".length())));
            if (array.type() == DataType.FLOAT32 && !fixed) {
                floats.add(name);
            }
        });
        return floats;
    }

    private static Map<String, HostArray> run(OneNode node, ModelProto model, Map<String, HostArray> inputs)
            throws Exception {
        try (ParameterStore parameters = ParameterStore.of(model, Set.of(), Device.cpu());
                GraphExecutor executor = GraphExecutor.compile(model, parameters);
                NDManager base = newManager();
                NDManager step = base.newSubManager()) {
            Map<String, NDArray> arrays = new HashMap<>();
            inputs.forEach((name, array) -> arrays.put(name, array.toArray(base)));
            GraphRun run = executor.begin(step, arrays);
            Map<String, NDArray> outputs = new HashMap<>();
            node.outputNames().forEach(name -> outputs.put(name, run.fetch(name)));
            // An output must not hang on an operand's life, nor stay with another manager.
            arrays.values().forEach(NDArray::close);
            assertThat(base.getManagedArrays())
                    .as(node + ": arrays outside the step")
                    .hasSameSizeAs(step.getManagedArrays());
            Map<String, HostArray> values = new HashMap<>();
            outputs.forEach((name, array) -> values.put(name, HostArray.of(array)));
            return values;
        }
    }

    private static void assertSame(String what, Map<String, HostArray> actual, Map<String, HostArray> expected) {
        assertThat(actual.keySet()).as(what).isEqualTo(expected.keySet());
        expected.forEach((name, reference) -> {
            HostArray found = requireNonNull(actual.get(name));
            assertThat(found.type()).as(what + " type").isEqualTo(reference.type());
            assertThat(found.shape()).as(what + " shape").isEqualTo(reference.shape());
            for (int i = 0; i < reference.values().length; i++) {
                double value = reference.values()[i];
                if (Double.isNaN(value) || Double.isInfinite(value)) {
                    assertThat(found.values()[i]).as("%s [%d]", what, i).isEqualTo(value);
                } else {
                    double tolerance = reference.type().isFloating() ? TOLERANCE * Math.max(1, Math.abs(value)) : 0;
                    assertThat(found.values()[i]).as("%s [%d]", what, i).isCloseTo(value, within(tolerance));
                }
            }
        });
    }

    /** Compares the gradient of every float input that trains with central differences, for a random weighting of the outputs. */
    static void assertGradient(OneNode node, long seed) throws Exception {
        ModelProto model = node.stored();
        try (ParameterStore parameters = ParameterStore.of(model, trainable(node), Device.cpu());
                GraphExecutor executor = GraphExecutor.compile(model, parameters);
                NDManager base = newManager()) {
            try (NDManager step = base.newSubManager();
                    GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector()) {
                List<NDArray> losses = new Objective(node, executor, seed).losses(step);
                NDArray total = losses.stream().reduce(NDArray::add).orElseThrow();
                collector.backward(total);
                for (Parameter parameter : parameters.trained()) {
                    FloatBuffer gradient = requireNonNull(parameter.gradient(step), node + " " + parameter.name());
                    assertSlopes(node, executor, parameter, gradient, seed);
                }
            }
        }
    }

    private static void assertSlopes(
            OneNode node, GraphExecutor executor, Parameter parameter, FloatBuffer gradient, long seed) {
        Objective objective = new Objective(node, executor, seed);
        FloatBuffer values = parameter.values();
        for (int i = 0; i < parameter.size(); i++) {
            float before = values.get(i);
            values.put(i, before + STEP);
            double above = objective.value();
            values.put(i, before - STEP);
            double below = objective.value();
            values.put(i, before);
            double slope = (above - below) / ((double) (before + STEP) - (double) (before - STEP));
            double tolerance = GRADIENT_TOLERANCE * Math.max(1, Math.abs(slope));
            assertThat((double) gradient.get(i))
                    .as("%s, seed %d, gradient of %s[%d]", node, seed, parameter.name(), i)
                    .isCloseTo(slope, within(tolerance));
        }
    }

    /** A random linear function of the node's float outputs. */
    private record Objective(OneNode node, GraphExecutor executor, long seed) {
        /** Returns one scalar per float output. */
        List<NDArray> losses(NDManager step) {
            GraphRun run = executor.begin(step, Map.of());
            Random random = new Random(seed);
            return node.outputNames().stream()
                    .map(run::fetch)
                    .filter(output -> output.getDataType().isFloating())
                    .map(output -> output.mul(HostArray.random(
                                            random, -1, 1, output.getShape().getShape())
                                    .toArray(step))
                            .sum())
                    .toList();
        }

        /** Returns the sum in double precision. */
        double value() {
            try (NDManager step = newManager()) {
                GraphRun run = executor.begin(step, Map.of());
                Random random = new Random(seed);
                double sum = 0;
                for (String name : node.outputNames()) {
                    NDArray output = run.fetch(name);
                    if (output.getDataType().isFloating()) {
                        double[] values = HostArray.of(output).values();
                        double[] weights = HostArray.random(
                                        random, -1, 1, output.getShape().getShape())
                                .values();
                        for (int i = 0; i < values.length; i++) {
                            sum += values[i] * weights[i];
                        }
                    }
                }
                return sum;
            }
        }
    }

    private static NDManager newManager() {
        return Engine.getEngine("PyTorch").newBaseManager(Device.cpu());
    }
}
