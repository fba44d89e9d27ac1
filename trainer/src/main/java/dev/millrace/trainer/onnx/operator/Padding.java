package dev.millrace.trainer.onnx.operator;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;

/** The operator Pad: a border of a constant, of the mirrored, the outermost or the opposite elements. Stateless. */
final class Padding {
    private static final Set<String> MODES = Set.of("constant", "reflect", "edge", "wrap");

    private Padding() {}

    static void register(Map<String, Operator.Factory> registry) {
        registry.put("Pad", Padding::pad);
    }

    private static Operator pad(NodeView node) throws UnsupportedNodeException {
        String mode = node.text("mode", "constant");
        if (!MODES.contains(mode)) {
            throw new UnsupportedNodeException("mode must be constant, reflect, edge or wrap, was \"" + mode + "\"");
        }
        return Operator.single(in -> {
            int rank = in.shape(0).length;
            long[] pads = in.longs(1);
            long[] axes = in.longs(3, LongStream.range(0, rank).toArray());
            long[] begins = new long[rank];
            long[] ends = new long[rank];
            for (int i = 0; i < axes.length; i++) {
                int axis = Shapes.axis(axes[i], rank);
                begins[axis] = pads[i];
                ends[axis] = pads[axes.length + i];
            }
            return mode.equals("constant")
                    ? new Tensor(Window.padded(in.array(0), begins, ends, in.has(2) ? in.number(2) : 0))
                    : copied(in, mode, begins, ends);
        });
    }

    /** Takes the border from the input itself, axis by axis; a negative border is cut off before. */
    private static Value copied(Operands in, String mode, long[] begins, long[] ends) {
        NDArray first = in.array(0);
        NDArray result = first.reshape(first.getShape());
        for (int axis = 0; axis < begins.length; axis++) {
            if (begins[axis] == 0 && ends[axis] == 0) {
                continue;
            }
            long cut = Math.max(0, -begins[axis]);
            long kept = result.getShape().get(axis) - cut - Math.max(0, -ends[axis]);
            long begin = Math.max(0, begins[axis]);
            long end = Math.max(0, ends[axis]);
            requireWithin(mode, kept, Math.max(begin, end));
            long[] wide = result.getShape().getShape().clone();
            wide[axis] = kept + begin + end;
            Shapes.elements(wide);
            long[] from = new long[(int) wide[axis]];
            Arrays.setAll(from, i -> cut + source(i - begin, kept, mode));
            try (NDArray previous = result;
                    NDArray ids = NativeArrays.of(in.manager(), from, from.length)) {
                result = Selection.alongAxis(previous, ids, axis);
            }
        }
        return new Tensor(result);
    }

    /** Further out ONNX does not say what stands there. */
    private static void requireWithin(String mode, long extent, long border) {
        long most = mode.equals("edge") ? Long.MAX_VALUE : mode.equals("wrap") ? extent : extent - 1;
        if (extent < 1 || border > most) {
            throw new IllegalArgumentException(
                    "a border of " + border + " does not fit an extent of " + extent + " in mode " + mode);
        }
    }

    private static long source(long place, long extent, String mode) {
        if (mode.equals("edge")) {
            return Math.max(0, Math.min(extent - 1, place));
        }
        if (mode.equals("wrap")) {
            return Math.floorMod(place, extent);
        }
        return place < 0 ? -place : place < extent ? place : 2 * (extent - 1) - place;
    }
}
