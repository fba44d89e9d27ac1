package dev.millrace.trainer.onnx.operator;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;

/** Operators that give the same elements another shape or order. Stateless. */
final class Layout {
    private Layout() {}

    static void register(Map<String, Operator.Factory> registry) {
        registry.put("Identity", Operator.plain(in -> in.alias(0)));
        registry.put("Dropout", Layout::dropout);
        registry.put("Size", Operator.plain(Layout::size));
        registry.put("Shape", Layout::shape);
        registry.put("Reshape", Layout::reshape);
        registry.put("Flatten", Layout::flatten);
        registry.put("Transpose", Layout::transpose);
        registry.put("Unsqueeze", Layout::unsqueeze);
        registry.put("Squeeze", Layout::squeeze);
        registry.put("DepthToSpace", Layout::depthToSpace);
        registry.put("SpaceToDepth", Layout::spaceToDepth);
        registry.put("Expand", Operator.plain(Layout::expand));
        registry.put("Tile", Operator.plain(Layout::tile));
    }

    private static Value reshaped(Operands in, long[] shape) {
        return in.isHost(0)
                ? in.host(0).withShape(shape)
                : new Tensor(in.array(0).reshape(new Shape(shape)));
    }

    /** As in inference: nothing is dropped. */
    private static Operator dropout(NodeView node) throws UnsupportedNodeException {
        if (node.hasOutput(1)) {
            throw new UnsupportedNodeException("the output mask is not supported");
        }
        node.ignores(AttributeType.FLOAT, "ratio");
        node.ignores(AttributeType.INT, "seed");
        return Operator.single(in -> {
            if (in.has(2) && in.number(2) != 0) {
                throw new IllegalArgumentException("training_mode is on; export the model in inference mode");
            }
            return in.alias(0);
        });
    }

    private static Value size(Operands in) {
        return new HostTensor(DataType.INT64, new long[0], new long[] {Shapes.size(in.shape(0))});
    }

    private static Operator shape(NodeView node) {
        long start = node.integer("start", 0);
        long end = node.integer("end", Long.MAX_VALUE);
        return Operator.single(in -> {
            long[] shape = in.shape(0);
            int from = clamp(start, shape.length);
            int to = clamp(end, shape.length);
            return HostTensor.vector(Arrays.copyOfRange(shape, from, Math.max(from, to)));
        });
    }

    private static int clamp(long place, int rank) {
        long counted = place < 0 ? place + rank : place;
        return (int) Math.max(0, Math.min(rank, counted));
    }

    private static Operator reshape(NodeView node) {
        boolean allowZero = node.flag("allowzero", false);
        return Operator.single(in -> reshaped(in, target(in.shape(0), in.longs(1), allowZero)));
    }

    /** Returns the shape asked for: -1 is what remains, 0 is copied from the input unless zeros are meant. */
    private static long[] target(long[] shape, long[] wanted, boolean allowZero) {
        long[] result = wanted.clone();
        long known = 1;
        int open = -1;
        for (int i = 0; i < result.length; i++) {
            if (result[i] == 0 && !allowZero) {
                result[i] = shape[i];
            }
            if (result[i] < 0) {
                open = i;
            } else {
                known *= result[i];
            }
        }
        if (open >= 0) {
            result[open] = known == 0 ? 0 : Shapes.size(shape) / known;
        }
        return result;
    }

    private static Operator flatten(NodeView node) {
        long axis = node.integer("axis", 1);
        return Operator.single(in -> {
            long[] shape = in.shape(0);
            int split = (int) (axis < 0 ? axis + shape.length : axis);
            return reshaped(
                    in, new long[] {Shapes.product(shape, 0, split), Shapes.product(shape, split, shape.length)});
        });
    }

    private static Operator transpose(NodeView node) {
        int[] order =
                Arrays.stream(node.integers("perm")).mapToInt(a -> (int) a).toArray();
        return Operator.single(in -> {
            int rank = in.shape(0).length;
            int[] axes = order.length > 0
                    ? order
                    : IntStream.range(0, rank).map(i -> rank - 1 - i).toArray();
            if (in.isHost(0)) {
                return HostMath.transpose(in.host(0), axes);
            }
            return rank == 0 ? in.alias(0) : new Tensor(in.array(0).transpose(axes));
        });
    }

    private static Operator unsqueeze(NodeView node) {
        long[] fixed = node.integers("axes"); // an input since opset 13
        return Operator.single(in -> {
            long[] axes = in.longs(1, fixed);
            if (in.isHost(0) || axes.length != 1) {
                return reshaped(in, Shapes.unsqueeze(in.shape(0), axes));
            }
            NDArray array = in.array(0);
            return new Tensor(
                    array.expandDims(Shapes.axis(axes[0], array.getShape().dimension() + 1)));
        });
    }

    private static Operator squeeze(NodeView node) {
        long[] fixed = node.integers("axes"); // an input since opset 13
        return Operator.single(in -> reshaped(in, Shapes.squeeze(in.shape(0), in.longs(1, fixed))));
    }

    /** Expand broadcasts both ways: an extent of 1 in the target keeps the input's extent. */
    private static Value expand(Operands in) {
        long[] shape = Shapes.broadcast(in.shape(0), in.longs(1));
        Shapes.elements(shape);
        return in.isHost(0)
                ? HostMath.expand(in.host(0), shape)
                : new Tensor(in.array(0).broadcast(new Shape(shape)));
    }

    private static Value tile(Operands in) {
        long[] repeats = in.longs(1);
        long[] shape = in.shape(0);
        if (repeats.length != shape.length) {
            throw new IllegalArgumentException(
                    "repeats " + Arrays.toString(repeats) + " do not fit " + Arrays.toString(shape));
        }
        Shapes.elements(IntStream.range(0, shape.length)
                .mapToLong(i -> Math.multiplyExact(shape[i], repeats[i]))
                .toArray());
        return new Tensor(in.array(0).tile(repeats));
    }

    private static long blockSize(NodeView node) throws UnsupportedNodeException {
        long block = node.integer("blocksize", 0);
        if (block < 1) {
            throw new UnsupportedNodeException("blocksize must be 1 or more, was " + block);
        }
        return block;
    }

    /** Channels become the pixels of square blocks; DCR takes the block's places as the outer part of the channels. */
    private static Operator depthToSpace(NodeView node) throws UnsupportedNodeException {
        long block = blockSize(node);
        String mode = node.text("mode", "DCR");
        if (!mode.equals("DCR") && !mode.equals("CRD")) {
            throw new UnsupportedNodeException("mode must be DCR or CRD, was \"" + mode + "\"");
        }
        return Operator.single(in -> {
            long[] x = in.shape(0);
            long channels = x[1] / (block * block);
            long[] split = mode.equals("DCR")
                    ? new long[] {x[0], block, block, channels, x[2], x[3]}
                    : new long[] {x[0], channels, block, block, x[2], x[3]};
            int[] order = mode.equals("DCR") ? new int[] {0, 3, 4, 1, 5, 2} : new int[] {0, 1, 4, 2, 5, 3};
            return rearranged(in, split, order, new long[] {x[0], channels, x[2] * block, x[3] * block});
        });
    }

    /** Square blocks of pixels become channels. */
    private static Operator spaceToDepth(NodeView node) throws UnsupportedNodeException {
        long block = blockSize(node);
        return Operator.single(in -> {
            long[] x = in.shape(0);
            long[] split = {x[0], x[1], x[2] / block, block, x[3] / block, block};
            int[] order = {0, 3, 5, 1, 2, 4};
            return rearranged(in, split, order, new long[] {x[0], x[1] * block * block, x[2] / block, x[3] / block});
        });
    }

    private static Value rearranged(Operands in, long[] split, int[] order, long[] joined) {
        try (NDArray open = in.array(0).reshape(new Shape(split));
                NDArray turned = open.transpose(order)) {
            return new Tensor(turned.reshape(new Shape(joined)));
        }
    }
}
