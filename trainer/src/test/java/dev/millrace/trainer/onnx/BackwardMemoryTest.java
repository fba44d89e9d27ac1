package dev.millrace.trainer.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import ai.onnx.proto.OnnxMl.ModelProto;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the backward pass reads is still there when the collector has run after the forward pass. */
class BackwardMemoryTest {
    private static final int COLLECTIONS = 10;
    private static final int BUFFERS = 2_000;

    /** Rows that places on the host choose, and factors that come from Java. */
    private static ModelProto model() {
        return new SmallGraph(13)
                .input("x")
                .output("y")
                .weight("table", HostArray.random(new Random(3), 0.5, 2, 4, 2))
                .constant("ids", HostArray.vector(3, 1, 2))
                .node("Gather", "rows", "table", "ids")
                .node("HardSigmoid", "sigmoid", "rows")
                .node("Selu", "selu", "sigmoid")
                .node("Reciprocal", "inverse", "selu")
                .node("Mean", "mean", "inverse", "rows")
                .node("Add", "y", "mean", "x")
                .build();
    }

    @Test
    void gradientsDoNotDependOnTheCollector() throws Exception {
        ModelProto model = model();
        try (ParameterStore parameters = ParameterStore.of(model, Set.of("table"), Device.cpu());
                GraphExecutor executor = GraphExecutor.compile(model, parameters)) {
            float[] undisturbed = gradient(executor, parameters, () -> {});
            float[] collected = gradient(executor, parameters, BackwardMemoryTest::reuseFreedMemory);

            assertThat(undisturbed).startsWith(0, 0);
            assertThat(undisturbed[2]).isNotZero();
            assertThat(collected).containsExactly(undisturbed);
        }
    }

    /** Collects, and writes into memory of the sizes that this may have freed. */
    private static void reuseFreedMemory() {
        List<ByteBuffer> written = new ArrayList<>();
        for (int i = 0; i < COLLECTIONS; i++) {
            System.gc();
            for (int k = 0; k < BUFFERS; k++) {
                ByteBuffer buffer = ByteBuffer.allocateDirect((1 + k % 4) * Long.BYTES);
                while (buffer.hasRemaining()) {
                    buffer.put((byte) 0);
                }
                written.add(buffer);
            }
        }
        assertThat(written).hasSize(COLLECTIONS * BUFFERS);
    }

    private static float[] gradient(GraphExecutor executor, ParameterStore parameters, Runnable between) {
        try (NDManager step = Engine.getEngine("PyTorch").newBaseManager(Device.cpu());
                GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector()) {
            NDArray y = executor.begin(step, Map.of("x", step.create(1f)))
                    .fetch("y")
                    .sum();
            between.run();
            collector.backward(y);
            return Objects.requireNonNull(parameters.get("table").gradientArray(step))
                    .toFloatArray();
        } finally {
            parameters.clearGradients();
        }
    }
}
