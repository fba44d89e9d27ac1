package dev.millrace.trainer.policy;

import ai.djl.ndarray.NDManager;
import dev.millrace.trainer.onnx.Parameter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tensors in direct buffers, weights and gradients as views of the engine's memory: one pass of {@link AdamW} each. */
final class SharedMemory implements TensorMemory<FloatBuffer> {
    private static final int CHUNK = 4096;

    private final Workers workers;
    private final AdamW adamW;

    /** @param threads of the optimizer, 1 or more */
    SharedMemory(int threads) {
        this.workers = new Workers(threads);
        this.adamW = new AdamW(AdamWConfig.DEFAULT, workers);
    }

    @Override
    public FloatBuffer zeros(Parameter parameter) {
        return ByteBuffer.allocateDirect(parameter.size() * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }

    @Override
    public FloatBuffer grown(FloatBuffer old, int kept, Parameter parameter) {
        return zeros(parameter).put(0, old, 0, kept);
    }

    @Override
    public void release(FloatBuffer tensor) {
        // The garbage collector does.
    }

    @Override
    public @Nullable FloatBuffer gradient(Parameter parameter, NDManager step) {
        return parameter.gradient(step);
    }

    @Override
    public double norm(Collection<FloatBuffer> gradients) {
        return GradientClip.norm(List.copyOf(gradients), workers);
    }

    @Override
    public void add(FloatBuffer sum, FloatBuffer gradient) {
        float[] total = new float[CHUNK];
        float[] part = new float[CHUNK];
        for (int at = 0; at < sum.limit(); at += CHUNK) {
            int length = Math.min(CHUNK, sum.limit() - at);
            sum.get(at, total, 0, length);
            gradient.get(gradient.position() + at, part, 0, length);
            for (int i = 0; i < CHUNK; i++) {
                total[i] += part[i];
            }
            sum.put(at, total, 0, length);
        }
    }

    @Override
    public void clear(FloatBuffer sum) {
        float[] zeros = new float[CHUNK];
        for (int at = 0; at < sum.limit(); at += CHUNK) {
            sum.put(at, zeros, 0, Math.min(CHUNK, sum.limit() - at));
        }
    }

    @Override
    public void update(List<Change<FloatBuffer>> changes, AdamW.Step step) {
        adamW.update(changes.stream().map(SharedMemory::inBuffers).toList(), step);
    }

    private static AdamW.Change inBuffers(Change<FloatBuffer> change) {
        AdamW.Parameter parameter = new AdamW.Parameter(
                change.parameter().name(),
                change.parameter().values(),
                change.moments().first(),
                change.moments().second(),
                change.pace().rate(),
                change.pace().decay());
        return new AdamW.Change(parameter, change.gradient());
    }

    @Override
    public FloatBuffer read(FloatBuffer tensor) {
        return tensor;
    }

    @Override
    public void write(FloatBuffer tensor, FloatBuffer values) {
        tensor.put(0, values, values.position(), values.remaining());
    }

    @Override
    public void close() {
        workers.close();
    }
}
