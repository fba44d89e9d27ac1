package dev.millrace.inference.encoder;

/**
 * Resizing as Pillow does it on 8-bit images, to the bit: filters that widen when an image shrinks (antialiasing), weights
 * with 22 fractional bits, columns before rows, each pass rounded to 8 bits. Formulas: Pillow's {@code Resample.c}.
 */
enum Resampling {
    NEAREST(0) {
        @Override
        double weight(double distance) {
            throw new IllegalStateException("nearest has no weights");
        }
    },
    BILINEAR(1) {
        @Override
        double weight(double distance) {
            return Math.max(0, 1 - Math.abs(distance));
        }
    },
    BICUBIC(2) {
        @Override
        double weight(double distance) {
            double x = Math.abs(distance);
            if (x < 1) {
                return ((SHARPNESS + 2) * x - (SHARPNESS + 3)) * x * x + 1;
            }
            return x < 2 ? (((x - 5) * x + 8) * x - 4) * SHARPNESS : 0;
        }
    };

    private static final double SHARPNESS = -0.5;
    private static final int PRECISION_BITS = 32 - 8 - 2;
    private static final int HALF = 1 << (PRECISION_BITS - 1);

    /** Reach of the filter in source pixels when nothing shrinks. */
    private final double support;

    Resampling(double support) {
        this.support = support;
    }

    /** The filter; even. */
    abstract double weight(double distance);

    /** The image at a new size, each at least 1. */
    RgbImage resize(RgbImage image, int width, int height) {
        if (this == NEAREST) {
            return nearest(image, width, height);
        }
        RgbImage columns = image.width() == width ? image : transposed(along(transposed(image), width));
        return columns.height() == height ? columns : along(columns, height);
    }

    /** Resizes the height. */
    private RgbImage along(RgbImage image, int height) {
        double scale = (double) image.height() / height;
        double widening = Math.max(1, scale);
        double reach = support * widening;
        int rowBytes = image.width() * RgbImage.CHANNELS;
        byte[] resized = new byte[height * rowBytes];
        int[] sums = new int[rowBytes];
        for (int y = 0; y < height; y++) {
            double center = (y + 0.5) * scale;
            int first = Math.max(0, (int) (center - reach + 0.5));
            int end = Math.min(image.height(), (int) (center + reach + 0.5));
            int[] weights = weights(first, end, center, widening);
            java.util.Arrays.fill(sums, HALF);
            for (int source = first; source < end; source++) {
                add(image.rgb(), source * rowBytes, weights[source - first], sums);
            }
            for (int i = 0; i < rowBytes; i++) {
                resized[y * rowBytes + i] = (byte) Math.max(0, Math.min(255, sums[i] >> PRECISION_BITS));
            }
        }
        return new RgbImage(image.width(), height, resized);
    }

    private static void add(byte[] rgb, int from, int weight, int[] sums) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += (rgb[from + i] & 0xff) * weight;
        }
    }

    /** Weights of the source pixels, which sum to 1, in fixed point. */
    private int[] weights(int first, int end, double center, double widening) {
        double[] exact = new double[end - first];
        double sum = 0;
        for (int i = 0; i < exact.length; i++) {
            exact[i] = weight((i + first - center + 0.5) / widening);
            sum += exact[i];
        }
        int[] fixed = new int[exact.length];
        for (int i = 0; i < fixed.length; i++) {
            double share = sum == 0 ? exact[i] : exact[i] / sum;
            fixed[i] = (int) ((share < 0 ? -0.5 : 0.5) + share * (1 << PRECISION_BITS));
        }
        return fixed;
    }

    private static RgbImage transposed(RgbImage image) {
        int width = image.width();
        int height = image.height();
        byte[] turned = new byte[image.rgb().length];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int from = (y * width + x) * RgbImage.CHANNELS;
                int to = (x * height + y) * RgbImage.CHANNELS;
                for (int c = 0; c < RgbImage.CHANNELS; c++) {
                    turned[to + c] = image.rgb()[from + c];
                }
            }
        }
        return new RgbImage(height, width, turned);
    }

    private static RgbImage nearest(RgbImage image, int width, int height) {
        byte[] resized = new byte[width * height * RgbImage.CHANNELS];
        int at = 0;
        for (int y = 0; y < height; y++) {
            int row = (int) ((y + 0.5) * image.height() / height);
            for (int x = 0; x < width; x++) {
                int column = (int) ((x + 0.5) * image.width() / width);
                int from = (row * image.width() + column) * RgbImage.CHANNELS;
                for (int c = 0; c < RgbImage.CHANNELS; c++) {
                    resized[at++] = image.rgb()[from + c];
                }
            }
        }
        return new RgbImage(width, height, resized);
    }
}
