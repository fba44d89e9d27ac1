package dev.millrace.trainer.onnx.operator;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;

/** Maximum and mean over windows, and over all spatial axes. Stateless. */
final class Pooling {
    /** Opset since which a mean leaves out what of a window lies beyond the padding; before, the whole window counts. */
    private static final int MEAN_ENDS_WITH_PADDING_SINCE = 19;

    private Pooling() {}

    static void register(Map<String, Operator.Factory> registry) {
        registry.put("MaxPool", Pooling::maximum);
        registry.put("AveragePool", Pooling::average);
        registry.put("GlobalMaxPool", global("ReduceMax"));
        registry.put("GlobalAveragePool", global("ReduceMean"));
    }

    private static Operator.Factory global(String reduction) {
        return Operator.plain(in -> {
            int[] axes = IntStream.range(2, in.shape(0).length).toArray();
            return new Tensor(
                    reduction.equals("ReduceMax")
                            ? Reductions.maximum(in.array(0), axes, true)
                            : Reductions.mean(in.array(0), axes, true));
        });
    }

    private static Window window(NodeView node) throws UnsupportedNodeException {
        if (Arrays.stream(node.integers("dilations")).anyMatch(gap -> gap != 1)) {
            throw new UnsupportedNodeException("dilations other than 1 are not supported");
        }
        Window window = Window.of(node);
        if (window.kernel().length == 0) {
            throw new UnsupportedNodeException("kernel_shape is missing");
        }
        return window;
    }

    private static Operator maximum(NodeView node) throws UnsupportedNodeException {
        if (node.hasOutput(1)) {
            throw new UnsupportedNodeException("the output Indices is not supported");
        }
        Window window = window(node);
        boolean roundUp = node.flag("ceil_mode", false);
        node.ignores(AttributeType.INT, "storage_order"); // of Indices
        return Operator.single(in -> {
            Window.Placed placed = window.over(in.shape(0), window.kernel());
            try (PtNDArray wide = fitted(in, placed, roundUp, Double.NEGATIVE_INFINITY)) {
                Shape zeros = new Shape(new long[placed.kernel().length]);
                Shape kernel = new Shape(placed.kernel());
                return new Tensor(JniUtils.maxPool(wide, kernel, new Shape(placed.strides()), zeros, false));
            }
        });
    }

    private static Operator average(NodeView node) throws UnsupportedNodeException {
        Window window = window(node);
        boolean roundUp = node.flag("ceil_mode", false);
        Counted counted = !node.flag("count_include_pad", false)
                ? Counted.INPUT
                : node.opset() < MEAN_ENDS_WITH_PADDING_SINCE ? Counted.WINDOW : Counted.PADDED_INPUT;
        return Operator.single(in -> {
            Window.Placed placed = window.over(in.shape(0), window.kernel());
            Shape zeros = new Shape(new long[placed.kernel().length]);
            try (PtNDArray wide = fitted(in, placed, roundUp, 0);
                    NDArray mean = JniUtils.avgPool(
                            wide, new Shape(placed.kernel()), new Shape(placed.strides()), zeros, false, true)) {
                float[][] shares = shares(in.shape(0), placed, roundUp, counted);
                return new Tensor(weighted(in, mean, shares));
            }
        });
    }

    /** Returns the input padded, or cut, so that the windows come out even. */
    private static PtNDArray fitted(Operands in, Window.Placed placed, boolean roundUp, double filling) {
        long[] shape = in.shape(0);
        long[] ends = new long[placed.kernel().length];
        boolean even = Arrays.stream(placed.begins()).allMatch(pad -> pad == 0);
        for (int i = 0; i < ends.length; i++) {
            long places = placed.places(i, shape[i + 2], roundUp);
            ends[i] = (places - 1) * placed.strides()[i] + placed.reach(i) - shape[i + 2] - placed.begins()[i];
            even &= ends[i] == 0;
        }
        NDArray x = in.array(0);
        return even ? (PtNDArray) x.reshape(x.getShape()) : Window.padded(x, placed.begins(), ends, filling);
    }

    /** By how many elements a mean divides. */
    private enum Counted {
        /** Those of the window within the input. */
        INPUT,
        /** Those within the input and its padding. */
        PADDED_INPUT,
        /** All of the window. */
        WINDOW
    }

    /** Returns, per axis and place, the window's extent over the number of elements that count. */
    private static float[][] shares(long[] shape, Window.Placed placed, boolean roundUp, Counted counted) {
        float[][] shares = new float[placed.kernel().length][];
        for (int i = 0; i < shares.length; i++) {
            long extent = shape[i + 2];
            shares[i] = new float[(int) placed.places(i, extent, roundUp)];
            for (int place = 0; place < shares[i].length; place++) {
                long from = place * placed.strides()[i] - placed.begins()[i];
                long to = from + placed.kernel()[i];
                long elements = switch (counted) {
                    case INPUT -> Math.min(to, extent) - Math.max(0, from);
                    case PADDED_INPUT -> Math.min(to, extent + placed.ends()[i]) - from;
                    case WINDOW -> to - from;
                };
                shares[i][place] = (float) placed.kernel()[i] / Math.max(1, elements);
            }
        }
        return shares;
    }

    private static NDArray weighted(Operands in, NDArray mean, float[][] shares) {
        NDArray result = mean.reshape(mean.getShape());
        for (int i = 0; i < shares.length; i++) {
            boolean whole = true;
            for (float share : shares[i]) {
                whole &= share == 1;
            }
            if (!whole) {
                long[] shape = new long[shares.length];
                Arrays.fill(shape, 1);
                shape[i] = shares[i].length;
                try (NDArray previous = result;
                        NDArray factor = NativeArrays.of(in.manager(), shares[i], shape)) {
                    result = previous.mul(factor);
                }
            }
        }
        return result;
    }
}
