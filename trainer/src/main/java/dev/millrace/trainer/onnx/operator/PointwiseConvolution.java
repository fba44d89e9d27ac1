package dev.millrace.trainer.onnx.operator;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A linear layer computed as a convolution with a kernel of one pixel. Stateless.
 *
 * <p>The engine multiplies matrices with MKL, which uses half the vector width on processors that are not Intel's, and
 * convolves with oneDNN, which uses all of it. Measured on one thread, 384 to 1536 features, direct against convolved: on
 * an AMD EPYC with units of 512 bits (Zen 5), 512 rows: 93 against 166 GFLOP/s forward, 82 against 142 backward. With units
 * of 256 bits (Zen 4) 2048 rows: 91 against 104 forward, 86 against 89 backward; 240 rows: 98 against 89 forward, so that few
 * rows, and the many shapes that they come in, are left to the direct way. Elsewhere both are about equal.
 */
final class PointwiseConvolution {
    /** Below this many input values the engine does not hand the convolution to oneDNN. */
    private static final long MIN_VALUES = 20_480;

    /** First family of AMD's processors whose units are 512 bits wide. */
    private static final int ZEN_5 = 26;

    /** Rows from which it pays where the units are 256 bits wide. */
    private static final long MANY_ROWS = 768;

    private static final long NEVER = Integer.MAX_VALUE;
    private static final Pattern FAMILY = Pattern.compile("cpu family\\s*:\\s*(\\d+)");

    private static final long MIN_ROWS = fewestRowsOn(Path.of("/proc/cpuinfo"));

    private static final Shape STRIDE = new Shape(1, 1);
    private static final Shape PADDING = new Shape(0, 0);
    /** Without meaning for one pixel; but on one thread the engine gives only dilated kernels of one pixel to oneDNN. */
    private static final Shape DILATION = new Shape(2, 2);

    private PointwiseConvolution() {}

    /** Tells whether {@link #linear} is the faster way for this input. */
    static boolean pays(PtNDArray x) {
        long[] shape = x.getShape().getShape();
        return x.size() >= MIN_ROWS * shape[shape.length - 1]
                && x.size() > MIN_VALUES
                && x.getDataType() == DataType.FLOAT32
                && !x.getDevice().isGpu();
    }

    /**
     * Returns {@code x W^T + b}.
     *
     * @param x [..., in]
     * @param weight W, [out, in]
     * @param bias [out] or null
     */
    static PtNDArray linear(PtNDArray x, PtNDArray weight, @Nullable PtNDArray bias) {
        long[] shape = x.getShape().getShape();
        long in = shape[shape.length - 1];
        long out = weight.size(0);
        long rows = x.size() / in;
        long[] result = Arrays.copyOf(shape, shape.length);
        result[shape.length - 1] = out;
        // The rows are the pixels of one image with its channels last: the same memory, seen as [1, in, 1, rows].
        try (PtNDArray image = JniUtils.reshape(x, new long[] {1, 1, rows, in});
                PtNDArray channelsFirst = JniUtils.permute(image, new long[] {0, 3, 1, 2});
                // A matrix is transposed in blocks, the same elements with four axes one by one: ten times slower.
                PtNDArray dense = JniUtils.reshape(weight, new long[] {out * in});
                PtNDArray kernel = JniUtils.reshape(dense, new long[] {out, in, 1, 1});
                PtNDArray convolved = JniUtils.convolution(channelsFirst, kernel, bias, STRIDE, PADDING, DILATION, 1);
                PtNDArray channelsLast = JniUtils.permute(convolved, new long[] {0, 2, 3, 1})) {
            return JniUtils.reshape(channelsLast, result);
        }
    }

    /** Returns from how many rows on this is the faster way on a processor; more than there ever are if it never is. */
    static long fewestRowsOn(Path cpuInfo) {
        try {
            String text = Files.readString(cpuInfo, StandardCharsets.UTF_8);
            if (!text.contains("avx512f") || text.contains("GenuineIntel")) {
                return NEVER;
            }
            Matcher family = FAMILY.matcher(text);
            return family.find() && Integer.parseInt(family.group(1)) >= ZEN_5 ? 0 : MANY_ROWS;
        } catch (IOException e) {
            return NEVER;
        }
    }
}
