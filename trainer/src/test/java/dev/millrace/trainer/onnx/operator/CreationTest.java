package dev.millrace.trainer.onnx.operator;

import static dev.millrace.trainer.onnx.HostArray.floats;
import static dev.millrace.trainer.onnx.HostArray.longs;
import static dev.millrace.trainer.onnx.HostArray.random;
import static dev.millrace.trainer.onnx.HostArray.randomLongs;
import static dev.millrace.trainer.onnx.HostArray.vector;

import ai.djl.ndarray.types.DataType;
import dev.millrace.trainer.onnx.HostArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CreationTest {
    private static final long SEED = 8;
    private static final long[] SCALAR = {};

    static Stream<OneNode> triangles() {
        Random random = new Random(SEED);
        HostArray x = random(random, -2, 2, 2, 3, 4);
        return Stream.of(
                OneNode.of("Trilu", 14, x),
                OneNode.of("Trilu", 14, x, longs(SCALAR, 1)).with("upper", 1),
                OneNode.of("Trilu", 14, x, longs(SCALAR, -1)).with("upper", 0));
    }

    static Stream<OneNode> everything() {
        Random random = new Random(SEED + 1);
        List<OneNode> nodes = new ArrayList<>(triangles().toList());
        nodes.add(OneNode.of("Trilu", 14, randomLongs(random, 0, 9, 3, 3)));
        nodes.add(OneNode.of("Trilu", 14, floats(new long[] {2, 2}, 1, Double.NEGATIVE_INFINITY, 3, 4))
                .with("upper", 0));
        nodes.add(OneNode.of("Constant", 13).with("value", random(random, -1, 1, 2, 2)));
        nodes.add(OneNode.of("Constant", 13).with("value", vector(3, 4)));
        nodes.add(OneNode.of("Constant", 13).with("value_float", 0.5f));
        nodes.add(OneNode.of("Constant", 13).with("value_int", 7));
        nodes.add(OneNode.of("Constant", 13).with("value_ints", 7, 8));
        nodes.add(OneNode.of("ConstantOfShape", 11, vector(2, 3)));
        nodes.add(OneNode.of("ConstantOfShape", 11, vector(2)).with("value", floats(new long[] {1}, 2.5)));
        nodes.add(OneNode.of("ConstantOfShape", 11, vector(2)).with("value", vector(-1)));
        nodes.add(OneNode.of("ConstantOfShape", 11, vector(1, 2))
                .with("value", vector(1).as(DataType.BOOLEAN)));
        nodes.add(OneNode.of("Range", 11, longs(SCALAR, 2), longs(SCALAR, 9), longs(SCALAR, 3)));
        nodes.add(OneNode.of("Range", 11, longs(SCALAR, 5), longs(SCALAR, 0), longs(SCALAR, -2)));
        nodes.add(OneNode.of("Range", 11, longs(SCALAR, 5), longs(SCALAR, 0), longs(SCALAR, 1)));
        nodes.add(OneNode.of("Range", 11, floats(SCALAR, 0.5), floats(SCALAR, 2), floats(SCALAR, 0.25)));
        return nodes.stream();
    }

    @ParameterizedTest
    @MethodSource("everything")
    void agreesWithOnnxRuntime(OneNode node) throws Exception {
        OperatorCheck.assertParity(node);
    }

    @ParameterizedTest
    @MethodSource("triangles")
    void hasTheGradientOfItsSlope(OneNode node) throws Exception {
        OperatorCheck.assertGradient(node, SEED);
    }
}
