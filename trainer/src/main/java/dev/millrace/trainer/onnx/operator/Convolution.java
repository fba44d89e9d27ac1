package dev.millrace.trainer.onnx.operator;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Convolution and its transpose, over one to three spatial axes. Stateless. */
final class Convolution {
    private Convolution() {}

    static void register(Map<String, Operator.Factory> registry) {
        registry.put("Conv", Convolution::convolution);
        registry.put("ConvTranspose", Convolution::transposed);
    }

    private static @Nullable PtNDArray bias(Operands in) {
        return in.has(2) ? (PtNDArray) in.array(2) : null;
    }

    private static long[] spatial(long[] shape) {
        return Arrays.copyOfRange(shape, 2, shape.length);
    }

    private static Operator convolution(NodeView node) throws UnsupportedNodeException {
        Window window = Window.of(node);
        int groups = (int) node.integer("group", 1);
        return Operator.single(in -> {
            Window.Placed placed = window.over(in.shape(0), spatial(in.shape(1)));
            PtNDArray x = (PtNDArray) in.array(0);
            PtNDArray weight = (PtNDArray) in.array(1);
            Shape strides = new Shape(placed.strides());
            Shape dilations = new Shape(placed.dilations());
            if (placed.isSymmetric()) {
                Shape padding = new Shape(placed.begins());
                return new Tensor(JniUtils.convolution(x, weight, bias(in), strides, padding, dilations, groups));
            }
            try (PtNDArray wide = Window.padded(x, placed.begins(), placed.ends(), 0)) {
                Shape padding = new Shape(new long[placed.begins().length]);
                return new Tensor(JniUtils.convolution(wide, weight, bias(in), strides, padding, dilations, groups));
            }
        });
    }

    /**
     * The transpose as a convolution: zeros between the input's elements, the window turned round and its channels
     * exchanged (Dumoulin and Visin, arXiv 1603.07285, section 4).
     */
    private static Operator transposed(NodeView node) throws UnsupportedNodeException {
        Window window = Window.of(node);
        if (window.autoPad().startsWith("SAME_") || node.has("output_shape")) {
            throw new UnsupportedNodeException("auto_pad SAME_* and output_shape are not supported; give pads");
        }
        int groups = (int) node.integer("group", 1);
        long[] extra = node.integers("output_padding");
        return Operator.single(in -> {
            Window.Placed placed = window.over(in.shape(0), spatial(in.shape(1)));
            int axes = placed.kernel().length;
            long[] begins = new long[axes];
            long[] ends = new long[axes];
            for (int i = 0; i < axes; i++) {
                begins[i] = placed.reach(i) - 1 - placed.begins()[i];
                ends[i] = placed.reach(i) - 1 - placed.ends()[i] + (extra.length > 0 ? extra[i] : 0);
            }
            Shape ones = new Shape(LongStream.generate(() -> 1).limit(axes).toArray());
            Shape zeros = new Shape(new long[axes]);
            Shape dilations = new Shape(placed.dilations());
            try (NDArray spread = spread(in.array(0), placed.strides());
                    PtNDArray wide = Window.padded(spread, begins, ends, 0);
                    PtNDArray kernel = turned((PtNDArray) in.array(1), groups)) {
                return new Tensor(JniUtils.convolution(wide, kernel, bias(in), ones, zeros, dilations, groups));
            }
        });
    }

    /** Puts {@code stride - 1} zeros between neighbours along each spatial axis. */
    private static NDArray spread(NDArray x, long[] strides) {
        long[] shape = x.getShape().getShape();
        int axes = strides.length;
        // Each spatial axis gets a neighbour of extent 1, which the zeros fill up to the stride.
        long[] split = Arrays.copyOf(shape, 2 + 2 * axes);
        long[] joined = Arrays.copyOf(shape, 2 + axes);
        long[] none = new long[2 * axes];
        long[] fill = new long[2 * axes];
        long[] cut = new long[axes];
        for (int i = 0; i < axes; i++) {
            split[2 + 2 * i] = shape[2 + i];
            split[3 + 2 * i] = 1;
            fill[2 * i + 1] = strides[i] - 1;
            joined[2 + i] = shape[2 + i] * strides[i];
            cut[i] = 1 - strides[i];
        }
        try (NDArray open = x.reshape(new Shape(split));
                NDArray filled = Window.padded(open, none, fill, 0);
                NDArray flat = filled.reshape(new Shape(joined))) {
            return Window.padded(flat, new long[axes], cut, 0);
        }
    }

    /** [in, out / groups, ...] becomes [out, in / groups, ...], reversed along the spatial axes. */
    private static PtNDArray turned(PtNDArray weight, int groups) {
        long[] shape = weight.getShape().getShape();
        long in = shape[0] / groups;
        long out = shape[1];
        long[] space = spatial(shape);
        long[] grouped = LongStream.concat(LongStream.of(groups, in, out), Arrays.stream(space))
                .toArray();
        long[] result = LongStream.concat(LongStream.of(groups * out, in), Arrays.stream(space))
                .toArray();
        int[] order = IntStream.range(0, grouped.length)
                .map(i -> i == 1 ? 2 : i == 2 ? 1 : i)
                .toArray();
        long[] axes = LongStream.range(2, shape.length).toArray();
        try (PtNDArray flipped = JniUtils.flip(weight, axes);
                NDArray split = flipped.reshape(new Shape(grouped));
                NDArray exchanged = split.transpose(order)) {
            return (PtNDArray) exchanged.reshape(new Shape(result));
        }
    }
}
