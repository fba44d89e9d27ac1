package dev.millrace.inference.encoder;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Direct memory for a session's inputs, used again from run to run: only the garbage collector frees a direct buffer, and
 * it would come late. Thread-safe; holds as much as was ever used at once.
 */
final class InputBuffers {
    private static final int INPUTS = 3;
    private static final int FIRST_BYTES = 64 * 1024;

    private final Queue<ByteBuffer> free = new ConcurrentLinkedQueue<>();

    /** Tensors over one buffer; closing gives the buffer back. */
    final class Inputs implements AutoCloseable {
        private final ByteBuffer memory;
        private final Map<String, OnnxTensor> tensors = new HashMap<>();

        private Inputs(ByteBuffer memory) {
            this.memory = memory;
        }

        Map<String, OnnxTensor> tensors() {
            return tensors;
        }

        @Override
        public void close() {
            tensors.values().forEach(OnnxTensor::close);
            free.add(memory);
        }
    }

    Inputs fill(OrtEnvironment environment, InputBatch batch, Set<String> names) throws OrtException {
        return batch instanceof TokenBatch tokens
                ? fill(environment, tokens, names)
                : fill(environment, (FloatBatch) batch, names);
    }

    private Inputs fill(OrtEnvironment environment, FloatBatch batch, Set<String> names) throws OrtException {
        Inputs inputs = new Inputs(take(Math.multiplyExact(batch.values().length, Float.BYTES)));
        try {
            FloatBuffer own = inputs.memory.asFloatBuffer().slice(0, batch.values().length);
            own.put(0, batch.values());
            for (String name : names) { // one, see GraphInterface
                inputs.tensors.put(name, OnnxTensor.createTensor(environment, own, batch.shape()));
            }
            return inputs;
        } catch (OrtException | RuntimeException e) {
            inputs.close();
            throw e;
        }
    }

    private Inputs fill(OrtEnvironment environment, TokenBatch batch, Set<String> names) throws OrtException {
        Inputs inputs = new Inputs(take(INPUTS * batch.inputIds().length * Long.BYTES));
        try {
            Map<String, long[]> values = Map.of(
                    "input_ids", batch.inputIds(),
                    "attention_mask", batch.attentionMask(),
                    "token_type_ids", batch.tokenTypeIds());
            LongBuffer all = inputs.memory.asLongBuffer();
            for (Map.Entry<String, long[]> value : values.entrySet()) {
                if (names.contains(value.getKey())) {
                    LongBuffer own = all.slice(all.position(), value.getValue().length);
                    all.put(value.getValue());
                    long[] shape = {batch.rows(), batch.columns()};
                    inputs.tensors.put(value.getKey(), OnnxTensor.createTensor(environment, own, shape));
                }
            }
            return inputs;
        } catch (OrtException | RuntimeException e) {
            inputs.close();
            throw e;
        }
    }

    private ByteBuffer take(int bytes) {
        ByteBuffer buffer = free.poll();
        if (buffer == null || buffer.capacity() < bytes) {
            buffer = ByteBuffer.allocateDirect(Math.max(FIRST_BYTES, bytes)).order(ByteOrder.nativeOrder());
        }
        return buffer;
    }
}
