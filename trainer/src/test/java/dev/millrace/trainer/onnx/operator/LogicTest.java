package dev.millrace.trainer.onnx.operator;

import static dev.millrace.trainer.onnx.HostArray.random;
import static dev.millrace.trainer.onnx.HostArray.randomLongs;

import ai.djl.ndarray.types.DataType;
import dev.millrace.trainer.onnx.HostArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LogicTest {
    private static final long SEED = 2;

    private static HostArray bits(Random random, long... shape) {
        return randomLongs(random, 0, 2, shape).as(DataType.BOOLEAN);
    }

    static Stream<OneNode> selecting() {
        Random random = new Random(SEED);
        HostArray x = random(random, -2, 2, 2, 3);
        HostArray y = random(random, -2, 2, 4, 1, 3);
        return Stream.of(
                OneNode.of("Where", 16, bits(random, 2, 1), x, y),
                OneNode.of("Where", 11, bits(random, 2, 3), x, random(random, 5, 6)),
                OneNode.of("Cast", 13, x).with("to", x.onnxType()));
    }

    static Stream<OneNode> everything() {
        Random random = new Random(SEED + 1);
        List<OneNode> nodes = new ArrayList<>(selecting().toList());
        HostArray a = randomLongs(random, -2, 3, 2, 3);
        HostArray b = randomLongs(random, -2, 3, 4, 1, 3);
        for (DataType type : new DataType[] {DataType.INT64, DataType.INT32, DataType.FLOAT32}) {
            Stream.of("Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual")
                    .forEach(name -> nodes.add(OneNode.of(name, 16, a.as(type), b.as(type))));
        }
        Stream.of("And", "Or", "Xor", "Equal")
                .forEach(name -> nodes.add(OneNode.of(name, 13, bits(random, 2, 3), bits(random, 4, 1, 3))));
        nodes.add(OneNode.of("Not", 11, bits(random, 3, 3)));
        nodes.add(OneNode.of("Where", 16, bits(random, 2, 3), a, b));
        HostArray holes = HostArray.floats(new long[] {3}, 1, Double.NaN, Double.POSITIVE_INFINITY);
        nodes.add(OneNode.of("IsNaN", 13, holes));
        HostArray floats = random(random, -3, 3, 2, 4);
        for (DataType from : new DataType[] {DataType.INT64, DataType.INT32, DataType.FLOAT32, DataType.BOOLEAN}) {
            HostArray source =
                    from == DataType.BOOLEAN ? bits(random, 2, 4) : from == DataType.FLOAT32 ? floats : a.as(from);
            for (DataType to : new DataType[] {DataType.INT64, DataType.INT32, DataType.FLOAT32, DataType.BOOLEAN}) {
                nodes.add(
                        OneNode.of("Cast", 13, source).with("to", floats.as(to).onnxType()));
            }
        }
        nodes.add(OneNode.of("Cast", 13, floats)
                .with("to", floats.as(DataType.FLOAT64).onnxType()));
        return nodes.stream();
    }

    @ParameterizedTest
    @MethodSource("everything")
    void agreesWithOnnxRuntime(OneNode node) throws Exception {
        OperatorCheck.assertParity(node);
    }

    @ParameterizedTest
    @MethodSource("selecting")
    void hasTheGradientOfItsSlope(OneNode node) throws Exception {
        OperatorCheck.assertGradient(node, SEED);
    }
}
