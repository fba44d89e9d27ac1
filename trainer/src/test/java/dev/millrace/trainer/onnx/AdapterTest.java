package dev.millrace.trainer.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import ai.onnx.proto.OnnxMl.ModelProto;
import dev.millrace.inference.encoder.TokenBatch;
import dev.millrace.trainer.policy.TinyNetwork;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AdapterTest {
    private static final int RANK = 3;
    private static final List<String> MATRICES = List.of("onnx::MatMul_0", "onnx::MatMul_1");

    private final Random random = new Random(5);
    private final ModelProto model = TinyNetwork.model();

    /** A linear layer multiplies with the parts; the same graph node by node reads their sum. */
    @Test
    void gradientsThroughThePartsAreThoseThroughTheSum() throws Exception {
        try (ParameterStore parameters = ParameterStore.of(model, Set.of(), Device.cpu())) {
            for (String name : MATRICES) {
                parameters.adapt(name, randoms(TinyNetwork.DIMENSION * RANK), RANK, 0.7);
                parameters.get(name + Adapter.UP).write(randoms(RANK * TinyNetwork.DIMENSION));
            }
            List<float[]> parts;
            try (GraphExecutor fused = GraphExecutor.compile(model, parameters)) {
                parts = gradients(fused, parameters);
            }
            try (GraphExecutor nodes = GraphExecutor.compileUnfused(model, parameters)) {
                List<float[]> sum = gradients(nodes, parameters);

                assertThat(parts).hasSize(2 * MATRICES.size());
                for (int i = 0; i < sum.size(); i++) {
                    assertThat(sum.get(i)).isNotEqualTo(new float[sum.get(i).length]);
                    assertThat(parts.get(i)).containsExactly(sum.get(i), within(1e-4f));
                }
            }
        }
    }

    private static List<float[]> gradients(GraphExecutor executor, ParameterStore parameters) {
        TokenBatch tokens = TinyNetwork.tokens(3, 5, 1);
        JniUtils.setGradMode(true);
        try (NDManager step = NDManager.newBaseManager(Device.cpu())) {
            NDArray ids = step.create(tokens.inputIds(), new Shape(3, 5));
            NDArray output = executor.begin(step, Map.of("input_ids", ids)).fetch("last_hidden_state");
            PtNDArray weights =
                    (PtNDArray) step.arange((float) output.size()).sin().reshape(output.getShape());
            JniUtils.backward((PtNDArray) output, weights, false, false);
            return parameters.trained().stream()
                    .map(factor ->
                            Objects.requireNonNull(factor.gradientArray(step)).toFloatArray())
                    .toList();
        } finally {
            JniUtils.setGradMode(false);
            parameters.clearGradients();
        }
    }

    private FloatBuffer randoms(int size) {
        FloatBuffer values = FloatBuffer.allocate(size);
        while (values.hasRemaining()) {
            values.put((float) (0.3 * random.nextGaussian()));
        }
        return values.flip();
    }
}
