package dev.millrace.inference.load;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Direct memory for the weights of one load at a time, used again by the next: only the garbage collector frees direct
 * memory, and it would let several generations of weights pile up. Owned by the loading thread.
 */
final class WeightMemory {
    private ByteBuffer memory = ByteBuffer.allocateDirect(0);

    /**
     * Cuts the memory into little-endian pieces.
     *
     * @param lengths bytes of each piece; their sum must be below 2 GB
     */
    List<ByteBuffer> pieces(List<Integer> lengths) {
        int total = lengths.stream().reduce(0, Math::addExact);
        if (memory.capacity() < total) {
            memory = ByteBuffer.allocateDirect(total);
        }
        List<ByteBuffer> pieces = new ArrayList<>();
        int position = 0;
        for (int length : lengths) {
            pieces.add(memory.slice(position, length).order(ByteOrder.LITTLE_ENDIAN));
            position += length;
        }
        return pieces;
    }
}
