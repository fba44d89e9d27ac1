package dev.millrace.trainer.onnx;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.GradientCollector;
import ai.onnx.proto.OnnxMl.ModelProto;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The two encoders that the build unpacks, run whole. */
class PretrainedModelTest {
    private static final String OUTPUT = "last_hidden_state";
    private static final long SEED = 20;
    private static final int VOCABULARY = 30_000;

    /** Rounding of float32 over some hundred operators, values up to 6; ten times what was seen. */
    private static final double TOLERANCE = 1e-4;

    private static ModelProto read(String name) throws Exception {
        Path file = Path.of("../inference/target/models", name, name + ".onnx");
        assumeThat(file)
                .as("the model file, made by: mvn -pl inference -am generate-resources")
                .exists();
        return ModelProto.parseFrom(Files.readAllBytes(file));
    }

    /** Rows of different lengths, padded to the longest. */
    private static Map<String, HostArray> batch(Random random, int rows, int columns) {
        double[] ids = new double[rows * columns];
        double[] mask = new double[rows * columns];
        for (int row = 0; row < rows; row++) {
            int length = row == 0 ? columns : 1 + random.nextInt(columns);
            for (int column = 0; column < length; column++) {
                ids[row * columns + column] = random.nextInt(VOCABULARY);
                mask[row * columns + column] = 1;
            }
        }
        long[] shape = {rows, columns};
        Map<String, HostArray> inputs = new LinkedHashMap<>();
        inputs.put("input_ids", new HostArray(DataType.INT64, shape, ids));
        inputs.put("attention_mask", new HostArray(DataType.INT64, shape, mask));
        inputs.put("token_type_ids", new HostArray(DataType.INT64, shape, new double[rows * columns]));
        return inputs;
    }

    private static Map<String, NDArray> toEngine(Map<String, HostArray> batch, NDManager step) {
        Map<String, NDArray> arrays = new HashMap<>();
        batch.forEach((name, array) -> arrays.put(name, array.toArray(step)));
        return arrays;
    }

    private static NDManager newStep() {
        return Engine.getEngine("PyTorch").newBaseManager(Device.cpu());
    }

    @ParameterizedTest
    @ValueSource(strings = {"all-minilm-l6-v2", "bge-small-en-v1.5"})
    void computesWhatOnnxRuntimeComputes(String name) throws Exception {
        ModelProto model = read(name);
        Random random = new Random(SEED);
        try (OnnxRuntimeReference reference = new OnnxRuntimeReference(model.toByteArray());
                ParameterStore parameters = ParameterStore.of(model, Set.of(), Device.cpu());
                GraphExecutor executor = GraphExecutor.compile(model, parameters)) {
            for (int[] shape : new int[][] {{1, 2}, {3, 17}, {8, 40}}) {
                Map<String, HostArray> batch = batch(random, shape[0], shape[1]);
                double[] expected =
                        requireNonNull(reference.run(batch).get(OUTPUT)).values();

                double[] actual;
                try (NDManager step = newStep()) {
                    actual = HostArray.of(
                                    executor.begin(step, toEngine(batch, step)).fetch(OUTPUT))
                            .values();
                }

                double[] mask = requireNonNull(batch.get("attention_mask")).values();
                int width = expected.length / mask.length;
                for (int i = 0; i < expected.length; i++) {
                    if (mask[i / width] == 1) {
                        assertThat(actual[i])
                                .as("%s, batch %d x %d, position %d", name, shape[0], shape[1], i)
                                .isCloseTo(expected[i], within(TOLERANCE));
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"all-minilm-l6-v2", "bge-small-en-v1.5"})
    void givesEveryWeightAGradient(String name) throws Exception {
        ModelProto model = read(name);
        Set<String> all = TrainSelector.select(model, List.of("**"), List.of());
        try (ParameterStore parameters = ParameterStore.of(model, all, Device.cpu());
                GraphExecutor executor = GraphExecutor.compile(model, parameters);
                NDManager step = newStep()) {
            Map<String, NDArray> inputs = toEngine(batch(new Random(SEED), 4, 12), step);
            backward(executor, step, inputs);

            assertThat(parameters.trained()).hasSameSizeAs(parameters.all());
            for (Parameter parameter : parameters.trained()) {
                FloatBuffer gradient = parameter.gradient(step);
                assertThat(magnitude(requireNonNull(gradient, parameter.name())))
                        .as(parameter.name())
                        .isFinite()
                        .isPositive();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"all-minilm-l6-v2"})
    void recordsNothingBelowTheLowestTrainedLayer(String name) throws Exception {
        ModelProto model = read(name);
        Set<String> upper = TrainSelector.select(model, List.of("encoder/layer.[3-5]/**"), List.of());
        try (ParameterStore parameters = ParameterStore.of(model, upper, Device.cpu());
                GraphExecutor executor = GraphExecutor.compile(model, parameters);
                NDManager step = newStep()) {
            Map<String, NDArray> inputs = toEngine(batch(new Random(SEED), 2, 8), step);
            backward(executor, step, inputs);

            assertThat(parameters.trained()).hasSize(48);
            for (Parameter parameter : parameters.all()) {
                FloatBuffer gradient = parameter.gradient(step);
                assertThat(gradient != null).as(parameter.name()).isEqualTo(upper.contains(parameter.name()));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"all-minilm-l6-v2"})
    void keepsNoArrayFromStepToStep(String name) throws Exception {
        ModelProto model = read(name);
        Set<String> upper = TrainSelector.select(model, List.of("encoder/layer.5/**"), List.of());
        try (NDManager base = newStep();
                ParameterStore parameters = ParameterStore.of(model, upper, Device.cpu());
                GraphExecutor executor = GraphExecutor.compile(model, parameters)) {
            Random random = new Random(SEED);
            int before = parameters.manager().getManagedArrays().size();
            NDManager engine = base.getParentManager();
            int beforeInEngine = engine.getManagedArrays().size();
            for (int i = 0; i < 50; i++) {
                try (NDManager step = base.newSubManager()) {
                    backward(executor, step, toEngine(batch(random, 2, 4 + i % 5), step));
                    assertThat(step.getManagedArrays()).hasSizeLessThan(60);
                    descend(parameters, step);
                }
                parameters.clearGradients();

                assertThat(parameters.manager().getManagedArrays()).hasSize(before);
                assertThat(engine.getManagedArrays()).hasSize(beforeInEngine);
            }
        }
    }

    private static void backward(GraphExecutor executor, NDManager step, Map<String, NDArray> inputs) {
        try (GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector()) {
            NDArray states = executor.begin(step, inputs).fetch(OUTPUT);
            // The square keeps the sum from being constant under the last normalisation.
            collector.backward(states.square().mul(states).sum());
        }
    }

    private static void descend(ParameterStore parameters, NDManager step) {
        for (Parameter parameter : parameters.trained()) {
            FloatBuffer values = parameter.values();
            FloatBuffer gradient = requireNonNull(parameter.gradient(step), parameter.name());
            for (int i = 0; i < parameter.size(); i++) {
                values.put(i, values.get(i) - 1e-9f * gradient.get(i));
            }
        }
    }

    private static double magnitude(FloatBuffer values) {
        double sum = 0;
        for (int i = 0; i < values.limit(); i++) {
            sum += Math.abs(values.get(i));
        }
        return sum;
    }
}
