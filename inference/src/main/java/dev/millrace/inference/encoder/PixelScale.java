package dev.millrace.inference.encoder;

import java.util.List;

/**
 * What the 8-bit samples of an image become in the graph. Immutable by convention: nobody writes to the array.
 *
 * @param height in pixels
 * @param width in pixels
 * @param values {@code [channels][256]}: number for each sample
 */
record PixelScale(int height, int width, float[][] values) {
    /** {@code [channels, height, width]}. */
    List<Integer> shape() {
        return List.of(values.length, height, width);
    }

    void copy(byte[] planes, float[] into, int at) {
        int plane = height * width;
        for (int channel = 0; channel < values.length; channel++) {
            float[] numbers = values[channel];
            for (int i = channel * plane; i < (channel + 1) * plane; i++) {
                into[at + i] = numbers[planes[i] & 0xff];
            }
        }
    }
}
