package dev.millrace.inference.encoder;

/**
 * A decoded image. Immutable by convention: nobody writes to the array.
 *
 * @param width in pixels, at least 1
 * @param height in pixels, at least 1
 * @param rgb {@code [height, width, 3]}, row-major, unsigned
 */
record RgbImage(int width, int height, byte[] rgb) {
    static final int CHANNELS = 3;

    /**
     * The middle of the image; where the image is smaller, black is added around it. Odd rests go as in Hugging Face's
     * {@code center_crop}.
     */
    RgbImage centerCrop(int cropWidth, int cropHeight) {
        if (cropWidth == width && cropHeight == height) {
            return this;
        }
        byte[] cropped = new byte[cropWidth * cropHeight * CHANNELS];
        int left = Math.floorDiv(width - cropWidth, 2);
        int top = Math.floorDiv(height - cropHeight, 2);
        int from = Math.max(0, left);
        int to = Math.min(width, left + cropWidth);
        for (int y = Math.max(0, top); y < Math.min(height, top + cropHeight); y++) {
            int target = ((y - top) * cropWidth + from - left) * CHANNELS;
            System.arraycopy(rgb, (y * width + from) * CHANNELS, cropped, target, (to - from) * CHANNELS);
        }
        return new RgbImage(cropWidth, cropHeight, cropped);
    }
}
