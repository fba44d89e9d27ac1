package dev.millrace.trainer.onnx.operator;

import static dev.millrace.trainer.onnx.HostArray.floats;
import static dev.millrace.trainer.onnx.HostArray.longs;
import static dev.millrace.trainer.onnx.HostArray.vector;

import ai.djl.ndarray.types.DataType;
import dev.millrace.trainer.onnx.HostArray;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Drawn nodes of the operators that rearrange, choose and make elements. Stateless. */
final class ShapeDrawings {
    private static final long[] SCALAR = {};

    private ShapeDrawings() {}

    static void register(Map<String, Function<Draw, OneNode>> drawings) {
        drawings.put(
                "Identity", draw -> OneNode.of("Identity", draw.opset("Identity"), draw.numbers(draw.shape(0, 4))));
        drawings.put("Dropout", draw -> {
            OneNode node = OneNode.of("Dropout", draw.opset("Dropout"), draw.floats(draw.shape(1, 4)));
            return draw.opset("Dropout") < 12
                    ? node.with("ratio", 0.3f)
                    : node.with("seed", 7)
                            .input(floats(SCALAR, 0.3))
                            .input(longs(SCALAR, 0).as(DataType.BOOLEAN));
        });
        drawings.put("Size", draw -> OneNode.of("Size", draw.opset("Size"), draw.numbers(draw.shape(0, 4))));
        drawings.put("Shape", draw -> {
            OneNode node = OneNode.of("Shape", draw.opset("Shape"), draw.numbers(draw.shape(1, 4)));
            return draw.opset("Shape") >= 15 && draw.coin()
                    ? node.with("start", draw.within(-2, 2)).with("end", draw.within(-2, 4))
                    : node;
        });
        drawings.put("Reshape", ShapeDrawings::reshape);
        drawings.put("Flatten", draw -> {
            long[] shape = draw.shape(1, 4);
            return OneNode.of("Flatten", draw.opset("Flatten"), draw.floats(shape))
                    .with("axis", draw.axis(shape.length));
        });
        drawings.put("Transpose", draw -> {
            long[] shape = draw.shape(1, 4);
            long[] order = LongStream.range(0, shape.length).toArray();
            long first = order[0];
            order[0] = order[shape.length - 1];
            order[shape.length - 1] = first;
            OneNode node = OneNode.of("Transpose", draw.opset("Transpose"), draw.numbers(shape));
            return draw.coin() ? node.with("perm", order) : node;
        });
        drawings.put("Unsqueeze", ShapeDrawings::unsqueeze);
        drawings.put("Squeeze", ShapeDrawings::squeeze);
        drawings.put("Expand", draw -> {
            long[] wide = draw.shape(1, 4);
            return OneNode.of("Expand", draw.opset("Expand"), draw.numbers(draw.narrower(wide)), vector(wide));
        });
        drawings.put("Tile", draw -> {
            long[] shape = draw.shape(1, 4);
            long[] repeats = Arrays.stream(shape).map(i -> draw.within(1, 3)).toArray();
            return OneNode.of("Tile", draw.opset("Tile"), draw.numbers(shape), vector(repeats));
        });
        drawings.put(
                "DepthToSpace",
                draw -> OneNode.of("DepthToSpace", draw.opset("DepthToSpace"), draw.floats(2, 8, 2, 3))
                        .with("blocksize", 2)
                        .with("mode", draw.one("DCR", "CRD")));
        drawings.put(
                "SpaceToDepth",
                draw -> OneNode.of("SpaceToDepth", draw.opset("SpaceToDepth"), draw.floats(2, 3, 4, 6))
                        .with("blocksize", 2));
        registerChoosing(drawings);
        registerMaking(drawings);
    }

    private static OneNode reshape(Draw draw) {
        long[] shape = draw.shape(2, 4);
        long[] target = {0, -1, 1};
        long[] flat = {-1};
        OneNode node = OneNode.of("Reshape", draw.opset("Reshape"), draw.numbers(shape));
        return draw.coin()
                ? node.input(vector(target))
                : draw.opset("Reshape") < 14
                        ? node.input(vector(flat))
                        : node.input(vector(flat)).with("allowzero", 1);
    }

    private static OneNode unsqueeze(Draw draw) {
        long[] shape = draw.shape(1, 3);
        HostArray x = draw.numbers(shape);
        long[] axes = draw.coin() ? new long[] {0, -1} : new long[] {draw.axis(shape.length + 1)};
        int opset = draw.opset("Unsqueeze");
        return opset < 13
                ? OneNode.of("Unsqueeze", opset, x).with("axes", axes)
                : OneNode.of("Unsqueeze", opset, x, vector(axes));
    }

    private static OneNode squeeze(Draw draw) {
        HostArray x = draw.numbers(1, draw.within(2, 4), 1);
        long[] axes = draw.coin() ? new long[] {0, -1} : new long[] {2};
        int opset = draw.opset("Squeeze");
        if (draw.coin()) {
            return OneNode.of("Squeeze", opset, x);
        }
        return opset < 13
                ? OneNode.of("Squeeze", opset, x).with("axes", axes)
                : OneNode.of("Squeeze", opset, x, vector(axes));
    }

    private static void registerChoosing(Map<String, Function<Draw, OneNode>> drawings) {
        drawings.put("Gather", draw -> {
            long[] shape = draw.shape(1, 4);
            int axis = draw.axis(shape.length);
            int extent = (int) shape[axis < 0 ? axis + shape.length : axis];
            HostArray ids = draw.longs(-extent, extent, draw.shape(0, 2));
            return OneNode.of("Gather", draw.opset("Gather"), draw.numbers(shape), ids)
                    .with("axis", axis);
        });
        drawings.put("GatherElements", draw -> {
            long[] shape = draw.shape(1, 3);
            int axis = draw.axis(shape.length);
            int extent = (int) shape[axis < 0 ? axis + shape.length : axis];
            return OneNode.of(
                            "GatherElements",
                            draw.opset("GatherElements"),
                            draw.floats(shape),
                            draw.longs(-extent, extent, shape))
                    .with("axis", axis);
        });
        drawings.put("GatherND", draw -> {
            int depth = draw.within(1, 3);
            if (draw.opset("GatherND") >= 12 && draw.coin()) {
                return OneNode.of("GatherND", draw.opset("GatherND"), draw.floats(2, 3, 2), draw.longs(-2, 2, 2, 4, 1))
                        .with("batch_dims", 1);
            }
            return OneNode.of("GatherND", draw.opset("GatherND"), draw.floats(2, 2, 2), draw.longs(-2, 2, 3, depth));
        });
        drawings.put("ScatterND", draw -> {
            long[] ids = draw.coin() ? new long[] {2, 0} : new long[] {-1, 1};
            return OneNode.of(
                    "ScatterND",
                    draw.opset("ScatterND"),
                    draw.floats(3, 2, 2),
                    longs(new long[] {2, 1}, ids),
                    draw.floats(2, 2, 2));
        });
        drawings.put(
                "ScatterElements",
                draw -> OneNode.of(
                                "ScatterElements",
                                draw.opset("ScatterElements"),
                                draw.floats(4, 4),
                                longs(new long[] {3, 2}, 0, 3, -1, 1, 2, -4),
                                draw.floats(3, 2))
                        .with("axis", draw.one(1, -1)));
        drawings.put("Slice", ShapeDrawings::slice);
        drawings.put("Concat", draw -> {
            long[] shape = draw.shape(1, 4);
            int axis = draw.axis(shape.length);
            long[] other = shape.clone();
            other[axis < 0 ? axis + shape.length : axis] = draw.within(1, 3);
            return OneNode.of("Concat", draw.opset("Concat"), draw.floats(shape), draw.floats(other))
                    .with("axis", axis);
        });
        drawings.put("Split", ShapeDrawings::split);
    }

    private static OneNode slice(Draw draw) {
        long[] shape = draw.shape(1, 4);
        long[] axes = draw.axes(shape.length);
        long[] starts = Arrays.stream(axes).map(i -> draw.within(-3, 2)).toArray();
        long[] steps = Arrays.stream(axes).map(i -> draw.one(1, 2, -1, -2)).toArray();
        long[] ends = Arrays.stream(steps)
                .map(step -> step > 0 ? draw.one(-1, 2, 3, Integer.MAX_VALUE) : draw.one(-9, -1, 0, Integer.MIN_VALUE))
                .toArray();
        return OneNode.of("Slice", draw.opset("Slice"), draw.numbers(shape), vector(starts), vector(ends), vector(axes))
                .input(vector(steps));
    }

    private static OneNode split(Draw draw) {
        HostArray x = draw.floats(2, 4, 3);
        int opset = draw.opset("Split");
        boolean even = draw.coin();
        OneNode node =
                OneNode.of("Split", opset, x).with("axis", draw.one(1, -2)).outputs(2);
        if (even) {
            return opset < 18 ? node : node.with("num_outputs", 2);
        }
        return opset < 13 ? node.with("split", 1, 3) : node.input(vector(1, 3));
    }

    private static void registerMaking(Map<String, Function<Draw, OneNode>> drawings) {
        drawings.put(
                "Constant",
                draw -> OneNode.of("Constant", draw.opset("Constant")).with("value", draw.numbers(draw.shape(0, 3))));
        drawings.put(
                "ConstantOfShape",
                draw -> OneNode.of("ConstantOfShape", draw.opset("ConstantOfShape"), vector(draw.shape(1, 3)))
                        .with("value", draw.numbers(1)));
        drawings.put("Range", draw -> {
            HostArray start = longs(SCALAR, draw.within(-3, 3));
            HostArray limit = longs(SCALAR, draw.within(-9, 9));
            HostArray delta = longs(SCALAR, draw.one(-2, -1, 1, 3));
            DataType type = draw.one(DataType.INT64, DataType.FLOAT32);
            return OneNode.of("Range", draw.opset("Range"), start.as(type), limit.as(type), delta.as(type));
        });
        drawings.put(
                "Trilu",
                draw -> OneNode.of("Trilu", draw.opset("Trilu"), draw.floats(draw.shape(2, 4)))
                        .input(longs(SCALAR, draw.within(-2, 2)))
                        .with("upper", draw.within(0, 1)));
        drawings.put("OneHot", draw -> {
            long[] shape = draw.shape(1, 3);
            return OneNode.of(
                            "OneHot",
                            draw.opset("OneHot"),
                            draw.longs(-4, 4, shape),
                            longs(SCALAR, 4),
                            floats(new long[] {2}, -1, 2))
                    .with("axis", draw.axis(shape.length + 1));
        });
        drawings.put("Pad", ShapeDrawings::pad);
        drawings.put("Resize", ShapeDrawings::resize);
    }

    private static OneNode pad(Draw draw) {
        int opset = draw.opset("Pad");
        String mode =
                opset < 19 ? draw.one("constant", "reflect", "edge") : draw.one("constant", "reflect", "edge", "wrap");
        HostArray x = draw.floats(2, 3, 4);
        if (opset >= 18 && draw.coin()) {
            long[] some = {draw.within(0, 1), draw.within(0, 1), draw.within(0, 1), draw.within(0, 1)};
            return OneNode.of("Pad", opset, x, vector(some))
                    .absent()
                    .input(vector(draw.coin() ? new long[] {-1, 1} : new long[] {1, 2}))
                    .with("mode", mode);
        }
        long[] pads = IntStream.range(0, 6).mapToLong(i -> draw.within(0, 1)).toArray();
        OneNode node = OneNode.of("Pad", opset, x, vector(pads)).with("mode", mode);
        return mode.equals("constant") && draw.coin() ? node.input(floats(SCALAR, 1.5)) : node;
    }

    /** Before opset 13 nothing may be left out: what is not used is empty. The axes came with opset 18. */
    private static OneNode resize(Draw draw) {
        int opset = draw.opset("Resize");
        OneNode node = OneNode.of("Resize", opset, draw.floats(1, 2, 4, 5))
                .with("mode", draw.one("nearest", "linear", "cubic"))
                .with("coordinate_transformation_mode", draw.one("half_pixel", "align_corners", "asymmetric"));
        HostArray none = floats(new long[] {0});
        OneNode unused = opset < 13 ? node.input(none) : node.absent();
        if (opset >= 18 && draw.coin()) {
            return unused.absent()
                    .input(vector(draw.within(3, 8), draw.within(3, 8)))
                    .with("axes", 2, 3);
        }
        return draw.coin()
                ? (opset < 13 ? unused.input(none) : unused.absent())
                        .input(vector(1, 2, draw.within(3, 8), draw.within(3, 8)))
                : unused.input(floats(new long[] {4}, 1, 1, draw.one(0.5, 1.5, 2.0), draw.one(0.6, 2.0)));
    }
}
