package dev.millrace.trainer.onnx.zoo;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import dev.millrace.trainer.onnx.GraphExecutor;
import dev.millrace.trainer.onnx.HostArray;
import dev.millrace.trainer.onnx.OnnxRuntimeReference;
import dev.millrace.trainer.onnx.Parameter;
import dev.millrace.trainer.onnx.ParameterStore;
import dev.millrace.trainer.onnx.TrainSelector;
import dev.millrace.trainer.onnx.TrialRun;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * What must hold of every whole model: it computes what ONNX Runtime computes, a few steps lower a loss on one output and
 * move every weight, and the exported file gives in ONNX Runtime what the trained network gives.
 */
final class ShortTraining {
    /** The bar for every model, relative to the largest value of the output. */
    private static final double PARITY = 1e-4;

    private static final int STEPS = 4;

    private final ModelProto model;
    private final Map<String, HostArray> inputs;
    private final String output;

    /**
     * @param inputs one batch
     * @param output float output that is trained on
     */
    ShortTraining(ModelProto model, Map<String, HostArray> inputs, String output) {
        this.model = model;
        this.inputs = inputs;
        this.output = output;
    }

    /**
     * Trains what the patterns take.
     *
     * @param rate how far a step moves the weights, in parts of their length
     */
    void check(List<String> train, List<String> freeze, double rate) throws Exception {
        Set<String> trained = TrainSelector.select(model, train, freeze);
        assertThat(trained).as("weights that train").isNotEmpty();
        try (ParameterStore parameters = ParameterStore.of(model, trained, Device.cpu());
                GraphExecutor executor = GraphExecutor.compile(model, parameters);
                NDManager base = Engine.getEngine("PyTorch").newBaseManager(Device.cpu())) {
            assertThat(TrialRun.check(model, executor, parameters))
                    .as("weights out of reach")
                    .isEmpty();
            HostArray before = run(executor, base);
            assertParity("untrained", before, model);

            double[] losses = new double[STEPS];
            for (int step = 0; step < STEPS; step++) {
                losses[step] = step(executor, parameters, rate, before);
            }

            assertThat(losses[STEPS - 1]).as("loss after %d steps", STEPS).isLessThan(losses[0]);
            ModelProto exported = export(parameters);
            assertThat(exported.getSerializedSize())
                    .isLessThanOrEqualTo(model.getSerializedSize() + 64 * trained.size());
            assertParity("trained", run(executor, base), ModelProto.parseFrom(exported.toByteArray()));
        }
    }

    private HostArray run(GraphExecutor executor, NDManager base) {
        try (NDManager step = base.newSubManager()) {
            return HostArray.of(executor.begin(step, engineInputs(step)).fetch(output));
        }
    }

    private Map<String, NDArray> engineInputs(NDManager step) {
        Map<String, NDArray> arrays = new HashMap<>();
        inputs.forEach((name, array) -> arrays.put(name, array.toArray(step)));
        return arrays;
    }

    private void assertParity(String when, HostArray actual, ModelProto file) throws Exception {
        try (OnnxRuntimeReference reference = new OnnxRuntimeReference(file.toByteArray())) {
            HostArray expected = requireNonNull(reference.run(inputs).get(output));
            double largest = 1;
            for (double value : expected.values()) {
                largest = Math.max(largest, Math.abs(value));
            }
            assertThat(actual.shape()).as(when).isEqualTo(expected.shape());
            assertThat(actual.values()).as(when).containsExactly(expected.values(), within(PARITY * largest));
        }
    }

    /** One step of gradient descent on the squared distance to targets near the first outputs; returns the loss. */
    private double step(GraphExecutor executor, ParameterStore parameters, double rate, HostArray first) {
        Random random = new Random(5);
        double[] targets = first.values().clone();
        for (int i = 0; i < targets.length; i++) {
            targets[i] += random.nextGaussian();
        }
        try (NDManager step = Engine.getEngine("PyTorch").newBaseManager(Device.cpu())) {
            double loss;
            try (GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector()) {
                NDArray result = executor.begin(step, engineInputs(step)).fetch(output);
                NDArray target = new HostArray(first.type(), first.shape(), targets).toArray(step);
                NDArray distance = result.sub(target).square().mean();
                loss = distance.getFloat();
                collector.backward(distance);
            }
            descend(parameters.trained(), step, rate);
            parameters.clearGradients();
            return loss;
        }
    }

    private static void descend(List<Parameter> trained, NDManager step, double rate) {
        double steepness = 0;
        double distance = 0;
        for (Parameter parameter : trained) {
            double slope = squares(requireNonNull(parameter.gradient(step), parameter.name()), parameter.size());
            assertThat(slope).as("gradient of %s", parameter.name()).isFinite();
            steepness += slope;
            distance += squares(parameter.values(), parameter.size());
        }
        float factor = (float) (rate * Math.sqrt(distance / steepness));
        for (Parameter parameter : trained) {
            FloatBuffer values = parameter.values();
            FloatBuffer gradient = requireNonNull(parameter.gradient(step), parameter.name());
            for (int i = 0; i < parameter.size(); i++) {
                values.put(i, values.get(i) - factor * gradient.get(i));
            }
        }
    }

    private static double squares(FloatBuffer values, int size) {
        double sum = 0;
        for (int i = 0; i < size; i++) {
            sum += (double) values.get(i) * values.get(i);
        }
        return sum;
    }

    private ModelProto export(ParameterStore parameters) {
        GraphProto.Builder graph = model.getGraph().toBuilder();
        for (TensorProto.Builder tensor : graph.getInitializerBuilderList()) {
            parameters.trained().stream()
                    .filter(parameter -> parameter.name().equals(tensor.getName()))
                    .forEach(parameter -> tensor.clearFloatData().setRawData(ByteString.copyFrom(bytes(parameter))));
        }
        return model.toBuilder().setGraph(graph).build();
    }

    private static ByteBuffer bytes(Parameter parameter) {
        ByteBuffer bytes = ByteBuffer.allocate(parameter.size() * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(parameter.values());
        return bytes;
    }
}
