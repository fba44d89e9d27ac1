package dev.millrace.trainer.policy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.Map;

/**
 * Copies of tensors outside the Java heap, made into the same memory each time: only the garbage collector would give fresh
 * direct buffers back, too late. A copy is valid until the next one under the same name. Not thread-safe.
 */
public final class TensorCopies {
    private final Map<String, ByteBuffer> buffers = new HashMap<>();

    /**
     * Copies the values.
     *
     * @param values from index 0 to the limit
     * @return direct little-endian float32, position 0 to limit
     */
    public ByteBuffer copy(String name, FloatBuffer values) {
        int bytes = values.limit() * Float.BYTES;
        ByteBuffer buffer = buffers.get(name);
        if (buffer == null || buffer.capacity() != bytes) {
            buffer = ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
            buffers.put(name, buffer);
        }
        buffer.asFloatBuffer().put(0, values, 0, values.limit());
        return buffer.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }
}
