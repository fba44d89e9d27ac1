package dev.millrace.trainer.onnx.operator;

import static dev.millrace.trainer.onnx.HostArray.longs;
import static dev.millrace.trainer.onnx.HostArray.vector;

import dev.millrace.trainer.onnx.HostArray;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Drawn nodes of the operators that networks are layered from. Stateless. */
final class LayerDrawings {
    private static final long[] SCALAR = {};

    private LayerDrawings() {}

    static void register(Map<String, Function<Draw, OneNode>> drawings) {
        drawings.put("MatMul", LayerDrawings::product);
        drawings.put("Gemm", LayerDrawings::gemm);
        drawings.put("Einsum", draw -> {
            HostArray left = draw.floats(2, 2, 3, 4);
            return draw.coin()
                    ? OneNode.of("Einsum", draw.opset("Einsum"), left, draw.floats(2, 2, 5, 4))
                            .with("equation", "bhid,bhjd->bhij")
                    : OneNode.of("Einsum", draw.opset("Einsum"), left, draw.floats(2, 2, 4, 5))
                            .with("equation", "bhij,bhjd->bihd");
        });
        for (String name : List.of("Conv", "ConvTranspose")) {
            drawings.put(name, draw -> convolution(draw, name));
        }
        for (String name : List.of("MaxPool", "AveragePool")) {
            drawings.put(name, draw -> pool(draw, name));
        }
        for (String name : List.of("GlobalAveragePool", "GlobalMaxPool")) {
            drawings.put(name, draw -> OneNode.of(name, draw.opset(name), draw.apart(draw.shape(3, 4))));
        }
        for (String name : List.of(
                "ReduceSum",
                "ReduceMean",
                "ReduceL1",
                "ReduceL2",
                "ReduceMax",
                "ReduceMin",
                "ReduceSumSquare",
                "ReduceLogSumExp")) {
            drawings.put(name, draw -> reduction(draw, name, draw.apart(draw.shape(1, 3))));
        }
        for (String name : List.of("ReduceProd", "ReduceLogSum")) {
            drawings.put(name, draw -> reduction(draw, name, draw.floats(0.5, 1.5, draw.shape(1, 3))));
        }
        for (String name : List.of("ArgMax", "ArgMin")) {
            drawings.put(name, draw -> place(draw, name));
        }
        drawings.put("CumSum", draw -> {
            long[] shape = draw.shape(1, 4);
            return OneNode.of(
                            "CumSum", draw.opset("CumSum"), draw.floats(shape), longs(SCALAR, draw.axis(shape.length)))
                    .with("exclusive", draw.within(0, 1))
                    .with("reverse", draw.within(0, 1));
        });
        registerNorms(drawings);
    }

    private static OneNode product(Draw draw) {
        long rows = draw.within(1, 4);
        long inner = draw.within(1, 4);
        long[] batch = draw.shape(0, 2);
        long[] a = append(batch, rows, inner);
        long[] b = append(draw.narrower(batch), inner, draw.within(1, 4));
        return OneNode.of("MatMul", draw.opset("MatMul"), draw.floats(a), draw.floats(b));
    }

    private static long[] append(long[] shape, long... more) {
        long[] all = Arrays.copyOf(shape, shape.length + more.length);
        System.arraycopy(more, 0, all, shape.length, more.length);
        return all;
    }

    private static OneNode gemm(Draw draw) {
        boolean turnA = draw.coin();
        boolean turnB = draw.coin();
        OneNode node = OneNode.of(
                        "Gemm",
                        draw.opset("Gemm"),
                        turnA ? draw.floats(3, 2) : draw.floats(2, 3),
                        turnB ? draw.floats(4, 3) : draw.floats(3, 4))
                .with("transA", turnA ? 1 : 0)
                .with("transB", turnB ? 1 : 0)
                .with("alpha", draw.one(1f, 0.5f))
                .with("beta", draw.one(1f, 2f));
        return draw.coin() ? node.input(draw.floats(draw.narrower(new long[] {2, 4}))) : node;
    }

    private static OneNode convolution(Draw draw, String name) {
        long groups = draw.within(1, 2);
        long in = groups * draw.within(1, 2);
        long out = groups * draw.within(1, 2);
        long kernel = draw.within(1, 3);
        boolean plain = name.equals("Conv");
        long[] weight =
                plain ? new long[] {out, in / groups, kernel, kernel} : new long[] {in, out / groups, kernel, kernel};
        long stride = draw.within(1, 2);
        OneNode node = OneNode.of(name, draw.opset(name), draw.floats(draw.within(1, 2), in, 5, 6), draw.floats(weight))
                .with("group", groups)
                .with("strides", draw.within(1, 2), stride);
        node = draw.coin() ? node.with("kernel_shape", kernel, kernel) : node;
        node = plain ? padded(draw, node, kernel) : opened(draw, node, kernel, stride);
        return draw.coin() ? node.input(draw.floats(out)) : node;
    }

    /** ONNX Runtime takes SAME without dilations only. */
    private static OneNode padded(Draw draw, OneNode node, long kernel) {
        if (draw.coin()) {
            return node.with("auto_pad", draw.one("VALID", "SAME_UPPER", "SAME_LOWER"));
        }
        long pad = kernel == 1 ? 0 : draw.within(0, 1);
        return node.with("pads", pad, 0, pad, pad).with("dilations", draw.within(1, 2), 1);
    }

    private static OneNode opened(Draw draw, OneNode node, long kernel, long stride) {
        long pad = kernel == 1 ? 0 : draw.within(0, 1);
        OneNode open = node.with("pads", pad, 0, pad, 0).with("dilations", 1, draw.within(1, 2));
        return stride == 2 ? open.with("output_padding", 0, draw.within(0, 1)) : open;
    }

    private static OneNode pool(Draw draw, String name) {
        OneNode node = OneNode.of(name, draw.opset(name), draw.apart(1, 2, 5, 6))
                .with("kernel_shape", draw.within(1, 3), 2)
                .with("strides", draw.within(1, 2), draw.within(1, 2))
                .with("pads", 0, draw.within(0, 1), 0, draw.within(0, 1))
                .with("ceil_mode", draw.within(0, 1));
        return name.equals("AveragePool")
                ? node.with("count_include_pad", draw.within(0, 1))
                : node.with("storage_order", draw.within(0, 1));
    }

    /** The axes are an attribute before opset 13 for ReduceSum, before 18 for the others; later an input. */
    private static OneNode reduction(Draw draw, String name, HostArray x) {
        int opset = draw.opset(name);
        OneNode node = OneNode.of(name, opset, x).with("keepdims", draw.within(0, 1));
        boolean hasInput = opset >= (name.equals("ReduceSum") ? 13 : 18);
        if (draw.coin()) {
            return hasInput && draw.coin() ? node.with("noop_with_empty_axes", 1) : node;
        }
        long[] axes = draw.axes(x.shape().length);
        return !hasInput ? node.with("axes", axes) : node.input(vector(axes));
    }

    private static OneNode place(Draw draw, String name) {
        long[] shape = draw.shape(1, 3);
        return OneNode.of(name, draw.opset(name), draw.apart(shape))
                .with("axis", draw.axis(shape.length))
                .with("keepdims", draw.within(0, 1));
    }

    private static void registerNorms(Map<String, Function<Draw, OneNode>> drawings) {
        for (String name : List.of("Softmax", "LogSoftmax")) {
            drawings.put(name, draw -> {
                long[] shape = draw.shape(1, 4);
                return OneNode.of(name, draw.opset(name), draw.floats(shape)).with("axis", draw.axis(shape.length));
            });
        }
        drawings.put("LayerNormalization", draw -> {
            HostArray x = draw.floats(2, 3, 4);
            boolean one = draw.coin();
            long[] part = one ? new long[] {4} : new long[] {3, 4};
            OneNode node = OneNode.of(
                            "LayerNormalization", draw.opset("LayerNormalization"), x, draw.floats(0.5, 2, part))
                    .with("axis", one ? -1 : 1)
                    .with("epsilon", draw.one(1e-5f, 1e-2f));
            return draw.coin() ? node.input(draw.floats(part)) : node;
        });
        drawings.put("BatchNormalization", draw -> {
            HostArray mean = draw.floats(4);
            OneNode node = OneNode.of(
                            "BatchNormalization",
                            draw.opset("BatchNormalization"),
                            draw.floats(3, 4, 2),
                            draw.floats(0.5, 2, 4),
                            mean)
                    .input(draw.floats(4))
                    .input(draw.floats(0.5, 2, 4))
                    .with("epsilon", draw.one(1e-5f, 1e-2f))
                    .with("momentum", draw.one(0.9f, 0.5f));
            return draw.opset("BatchNormalization") < 14 ? node : node.with("training_mode", 0);
        });
        drawings.put(
                "InstanceNormalization",
                draw -> OneNode.of(
                        "InstanceNormalization",
                        draw.opset("InstanceNormalization"),
                        draw.floats(2, 3, 2, 4),
                        draw.floats(0.5, 2, 3),
                        draw.floats(3)));
        drawings.put("GroupNormalization", draw -> {
            int opset = draw.opset("GroupNormalization");
            long parts = opset < 21 ? 2 : 4;
            return OneNode.of(
                            "GroupNormalization",
                            opset,
                            draw.floats(2, 4, 3),
                            draw.floats(0.5, 2, parts),
                            draw.floats(parts))
                    .with("num_groups", 2);
        });
        drawings.put("LpNormalization", draw -> {
            long[] shape = {2, draw.within(2, 3), 3};
            return OneNode.of("LpNormalization", draw.opset("LpNormalization"), draw.apart(shape))
                    .with("axis", draw.axis(3))
                    .with("p", draw.within(1, 2));
        });
    }
}
