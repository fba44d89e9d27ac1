package dev.millrace.trainer.onnx.operator;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;

/**
 * The operator Resize, one axis after the other: nearest neighbours are picked, linear and cubic interpolation are products
 * with a matrix of weights [new extent, old extent]. So every coordinate mode is exact and has its gradient. Stateless.
 */
final class Resizing {
    private static final Set<String> COORDINATES =
            Set.of("half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric");
    private static final Set<String> ROUNDINGS = Set.of("round_prefer_floor", "round_prefer_ceil", "floor", "ceil");

    private Resizing() {}

    static void register(Map<String, Operator.Factory> registry) {
        registry.put("Resize", Resizing::resize);
    }

    /** How a node resizes: mode, coordinates, rounding of nearest, coefficient of cubic. */
    private record Way(String mode, String coordinates, String rounding, float cubic, boolean excludesOutside) {
        static Way of(NodeView node) throws UnsupportedNodeException {
            Way way = new Way(
                    node.text("mode", "nearest"),
                    node.text("coordinate_transformation_mode", "half_pixel"),
                    node.text("nearest_mode", "round_prefer_floor"),
                    node.real("cubic_coeff_a", -0.75f),
                    node.flag("exclude_outside", false));
            require(Set.of("nearest", "linear", "cubic"), "mode", way.mode);
            require(COORDINATES, "coordinate_transformation_mode", way.coordinates);
            require(ROUNDINGS, "nearest_mode", way.rounding);
            require(Set.of("stretch"), "keep_aspect_ratio_policy", node.text("keep_aspect_ratio_policy", "stretch"));
            node.ignores(AttributeType.FLOAT, "extrapolation_value"); // of tf_crop_and_resize
            if (way.excludesOutside && !way.mode.equals("cubic")) {
                throw new UnsupportedNodeException("exclude_outside is supported with mode cubic only");
            }
            if (node.flag("antialias", false)) {
                throw new UnsupportedNodeException("antialias is not supported");
            }
            return way;
        }

        private static void require(Set<String> allowed, String name, String value) throws UnsupportedNodeException {
            if (!allowed.contains(value)) {
                throw new UnsupportedNodeException(name + " \"" + value + "\" is not supported (allowed: "
                        + String.join(", ", allowed.stream().sorted().toList()) + ")");
            }
        }
    }

    /** One axis to resize; scale is new over old extent, or what the node says instead. */
    private record Axis(long from, long to, float scale) {
        /** Returns the place in the old axis that a place in the new one stands for; in float as ONNX Runtime does. */
        float source(long place, String coordinates) {
            return switch (coordinates) {
                case "align_corners" -> to == 1 ? 0 : (float) place * (from - 1) / (to - 1);
                case "asymmetric" -> place / scale;
                case "pytorch_half_pixel" -> to > 1 ? (place + 0.5f) / scale - 0.5f : 0;
                case "half_pixel_symmetric" -> from / 2f * (1 - to / (scale * from)) + (place + 0.5f) / scale - 0.5f;
                default -> (place + 0.5f) / scale - 0.5f;
            };
        }
    }

    private static Operator resize(NodeView node) throws UnsupportedNodeException {
        Way way = Way.of(node);
        long[] chosen = node.integers("axes");
        return Operator.single(in -> {
            long[] shape = in.shape(0).clone();
            long[] axes = chosen.length > 0
                    ? chosen
                    : LongStream.range(0, shape.length).toArray();
            NDArray x = in.array(0);
            NDArray result = x.reshape(x.getShape());
            for (int i = 0; i < axes.length; i++) {
                int axis = Shapes.axis(axes[i], shape.length);
                Axis extents = extents(in, i, shape[axis]);
                shape[axis] = extents.to();
                Shapes.elements(shape);
                if (extents.scale() == 1 && extents.from() == extents.to()) {
                    continue;
                }
                try (NDArray previous = result) {
                    result = way.mode().equals("nearest")
                            ? nearest(in, previous, axis, extents, way)
                            : interpolated(in, previous, axis, extents, way);
                }
            }
            return new Tensor(result);
        });
    }

    private static Axis extents(Operands in, int index, long from) {
        if (in.has(2) && Shapes.size(in.shape(2)) > 0) {
            float scale = in.array(2).toFloatArray()[index];
            return new Axis(from, (long) Math.floor(from * scale), scale);
        }
        long to = in.longs(3)[index];
        return new Axis(from, to, (float) to / from);
    }

    private static NDArray nearest(Operands in, NDArray x, int axis, Axis extents, Way way) {
        long[] ids = new long[(int) extents.to()];
        Arrays.setAll(ids, i -> {
            double place = extents.source(i, way.coordinates());
            double rounded = switch (way.rounding()) {
                case "floor" -> Math.floor(place);
                case "ceil" -> Math.ceil(place);
                case "round_prefer_ceil" -> Math.floor(place + 0.5);
                default -> Math.ceil(place - 0.5);
            };
            return Math.max(0, Math.min(extents.from() - 1, (long) rounded));
        });
        try (NDArray places = NativeArrays.of(in.manager(), ids, ids.length)) {
            return Selection.alongAxis(x, places, axis);
        }
    }

    private static NDArray interpolated(Operands in, NDArray x, int axis, Axis extents, Way way) {
        int from = (int) extents.from();
        int to = (int) extents.to();
        float[] weights = new float[from * to];
        for (int place = 0; place < to; place++) {
            float source = extents.source(place, way.coordinates());
            if (way.mode().equals("linear")) {
                linear(weights, place, to, from, source);
            } else {
                cubic(weights, place, to, from, source, way);
            }
        }
        int last = x.getShape().dimension() - 1;
        try (NDArray matrix = NativeArrays.of(in.manager(), weights, from, to);
                PtNDArray turned = JniUtils.transpose((PtNDArray) x, axis, last);
                PtNDArray product = (PtNDArray) turned.matMul(matrix)) {
            return JniUtils.transpose(product, axis, last);
        }
    }

    private static void linear(float[] weights, int place, int to, int from, float source) {
        float inside = Math.max(0, Math.min(from - 1, source));
        int low = (int) inside;
        int high = Math.min(low + 1, from - 1);
        float part = inside - low;
        weights[low * to + place] += 1 - part;
        weights[high * to + place] += part;
    }

    /** Keys' cubic convolution (1981), formulas 4 with the coefficient a left open. */
    private static void cubic(float[] weights, int place, int to, int from, float source, Way way) {
        int floor = (int) Math.floor(source);
        float[] taps = new float[4];
        float sum = 0;
        for (int i = 0; i < 4; i++) {
            int at = floor - 1 + i;
            boolean outside = at < 0 || at >= from;
            taps[i] = outside && way.excludesOutside() ? 0 : keys(Math.abs(source - at), way.cubic());
            sum += taps[i];
        }
        for (int i = 0; i < 4; i++) {
            int at = Math.max(0, Math.min(from - 1, floor - 1 + i));
            weights[at * to + place] += way.excludesOutside() ? taps[i] / sum : taps[i];
        }
    }

    private static float keys(float distance, float a) {
        float d = distance;
        return d <= 1 ? ((a + 2) * d - (a + 3)) * d * d + 1 : d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
    }
}
