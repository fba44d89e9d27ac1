package dev.millrace.trainer.onnx.operator;

import static dev.millrace.trainer.onnx.HostArray.floats;
import static dev.millrace.trainer.onnx.HostArray.random;
import static dev.millrace.trainer.onnx.HostArray.vector;
import static dev.millrace.trainer.onnx.operator.OperatorCheck.assertRefused;

import dev.millrace.trainer.onnx.HostArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ResizingTest {
    private static final long SEED = 16;
    private static final HostArray NONE = floats(new long[] {0});

    private static OneNode scaled(HostArray x, double... scales) {
        return OneNode.of("Resize", 13, x, NONE, floats(new long[] {scales.length}, scales));
    }

    private static OneNode sized(HostArray x, int opset, long... sizes) {
        OneNode node = OneNode.of("Resize", opset, x);
        // Opset 11 has no inputs to leave out.
        return (opset == 11 ? node.input(NONE).input(NONE) : node.absent().absent()).input(vector(sizes));
    }

    static Stream<OneNode> everything() {
        Random random = new Random(SEED);
        List<OneNode> nodes = new ArrayList<>();
        HostArray x = random(random, -2, 2, 1, 2, 4, 5);
        for (String coordinates : List.of("half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric")) {
            for (String mode : List.of("nearest", "linear", "cubic")) {
                nodes.add(scaled(x, 1, 1, 2, 2).with("mode", mode).with("coordinate_transformation_mode", coordinates));
                nodes.add(sized(x, 11, 1, 2, 7, 3)
                        .with("mode", mode)
                        .with("coordinate_transformation_mode", coordinates));
                nodes.add(sized(x, 19, 1, 2, 1, 9)
                        .with("mode", mode)
                        .with("coordinate_transformation_mode", coordinates));
            }
            for (String rounding : List.of("round_prefer_floor", "round_prefer_ceil", "floor", "ceil")) {
                nodes.add(scaled(x, 1, 1, 1.5, 0.6)
                        .with("coordinate_transformation_mode", coordinates)
                        .with("nearest_mode", rounding));
            }
        }
        nodes.add(sized(x, 13, 1, 2, 6, 8)
                .with("mode", "cubic")
                .with("cubic_coeff_a", -0.5f)
                .with("exclude_outside", 1));
        nodes.add(sized(x, 19, 1, 2, 6, 8)
                .with("mode", "linear")
                .with("coordinate_transformation_mode", "half_pixel_symmetric"));
        nodes.add(sized(x, 18, 8, 6).with("axes", 2, 3).with("mode", "linear"));
        return nodes.stream();
    }

    @ParameterizedTest
    @MethodSource("everything")
    void agreesWithOnnxRuntime(OneNode node) throws Exception {
        OperatorCheck.assertParity(node);
    }

    @ParameterizedTest
    @MethodSource("everything")
    void hasTheGradientOfItsSlope(OneNode node) throws Exception {
        OperatorCheck.assertGradient(node, SEED);
    }

    @Test
    void refusesByNameWhatItDoesNotCompute() {
        OneNode node = sized(floats(new long[] {1, 1, 1, 1}, 1), 18, 1, 1, 2, 2);
        assertRefused(
                node.with("coordinate_transformation_mode", "tf_crop_and_resize"),
                "coordinate_transformation_mode \"tf_crop_and_resize\" is not supported (allowed: align_corners,"
                        + " asymmetric, half_pixel, half_pixel_symmetric, pytorch_half_pixel)");
        assertRefused(node.with("antialias", 1), "antialias is not supported");
        assertRefused(
                node.with("mode", "linear").with("exclude_outside", 1),
                "exclude_outside is supported with mode cubic only");
        assertRefused(
                node.with("keep_aspect_ratio_policy", "not_larger"),
                "keep_aspect_ratio_policy \"not_larger\" is not supported (allowed: stretch)");
    }
}
