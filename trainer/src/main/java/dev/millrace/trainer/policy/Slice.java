package dev.millrace.trainer.policy;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A part of one of several tensors, small enough that threads which take one after the other end together. Where tensors are
 * cut depends on their lengths alone.
 *
 * @param tensor its place in the list
 * @param from first element, counted from the buffer's position
 * @param to behind the last element
 */
record Slice(int tensor, int from, int to) {
    private static final int ELEMENTS = 64 * 1024;

    /** Cuts what remains of each buffer; the slices are in order. */
    static List<Slice> of(List<FloatBuffer> tensors) {
        List<Slice> slices = new ArrayList<>();
        for (int i = 0; i < tensors.size(); i++) {
            int length = tensors.get(i).remaining();
            for (int from = 0; from < length; from += ELEMENTS) {
                slices.add(new Slice(i, from, Math.min(length, from + ELEMENTS)));
            }
        }
        return slices;
    }
}
