package dev.millrace.trainer.onnx.operator;

import static dev.millrace.trainer.onnx.HostArray.floats;
import static dev.millrace.trainer.onnx.HostArray.random;
import static dev.millrace.trainer.onnx.HostArray.randomLongs;
import static dev.millrace.trainer.onnx.HostArray.vector;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.DataType;
import dev.millrace.trainer.onnx.HostArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ArithmeticTest {
    private static final long SEED = 1;

    /** Pairs of shapes that broadcast: equal, scalar, either side shorter, both sides stretched. */
    private static final long[][][] SHAPES = {
        {{2, 3}, {2, 3}}, {{2, 3}, {}}, {{3}, {2, 2, 3}}, {{2, 1, 3}, {4, 1}}, {{1}, {1, 1}},
    };

    static Stream<OneNode> smooth() {
        Random random = new Random(SEED);
        List<OneNode> nodes = new ArrayList<>();
        for (long[][] shapes : SHAPES) {
            HostArray a = random(random, 0.5, 2, shapes[0]);
            HostArray b = random(random, 0.5, 2, shapes[1]);
            Stream.of("Add", "Sub", "Mul", "Div", "Pow").forEach(name -> nodes.add(OneNode.of(name, 14, a, b)));
        }
        HostArray signed = random(random, -2, 2, 3, 4);
        HostArray positive = random(random, 0.5, 3, 3, 4);
        Stream.of("Neg", "Exp", "Erf", "Tanh", "Sigmoid", "Sin", "Cos")
                .forEach(name -> nodes.add(OneNode.of(name, 13, signed)));
        Stream.of("Sqrt", "Log", "Reciprocal", "Abs", "Relu")
                .forEach(name -> nodes.add(OneNode.of(name, 13, positive)));
        nodes.add(OneNode.of("Sum", 13, signed, random(random, -1, 1, 4), random(random, -1, 1, 3, 1)));
        nodes.add(OneNode.of("Gelu", 20, signed));
        nodes.add(OneNode.of("Gelu", 20, signed).with("approximate", "tanh"));
        nodes.add(OneNode.of("Min", 13, signed, floats(new long[] {}, -5)));
        nodes.add(OneNode.of("Max", 13, floats(new long[] {4}, 3, 3, 3, 3), signed, random(random, -9, -8, 3, 1)));
        nodes.add(OneNode.of("Clip", 13, signed, floats(new long[] {}, -5), floats(new long[] {}, 5)));
        return nodes.stream();
    }

    static Stream<OneNode> everything() {
        Random random = new Random(SEED + 1);
        HostArray ints = randomLongs(random, -9, 9, 2, 3);
        HostArray divisors = vector(2, -3, 4);
        HostArray floats = random(random, -3, 3, 2, 5);
        HostArray low = floats(new long[] {}, -1);
        HostArray high = floats(new long[] {}, 0.5);
        List<OneNode> nodes = new ArrayList<>(smooth().toList());
        for (DataType type : new DataType[] {DataType.INT64, DataType.INT32}) {
            Stream.of("Add", "Sub", "Mul", "Div", "Min", "Max")
                    .forEach(name -> nodes.add(OneNode.of(name, 13, ints.as(type), divisors.as(type))));
            Stream.of("Neg", "Abs").forEach(name -> nodes.add(OneNode.of(name, 13, ints.as(type))));
        }
        Stream.of("Floor", "Ceil", "Round", "Sign").forEach(name -> nodes.add(OneNode.of(name, 13, floats)));
        nodes.add(OneNode.of("Round", 11, floats(new long[] {4}, -1.5, -0.5, 0.5, 1.5)));
        nodes.add(OneNode.of("Sign", 13, ints));
        nodes.add(OneNode.of("Mod", 13, ints, divisors));
        nodes.add(OneNode.of("Sum", 13, floats));
        nodes.add(OneNode.of("Min", 13, floats));
        nodes.add(OneNode.of("Max", 13, ints, divisors, vector(0)));
        nodes.add(OneNode.of("Relu", 14, floats));
        nodes.add(OneNode.of("Abs", 13, floats));
        nodes.add(OneNode.of("Pow", 13, floats, floats(new long[] {}, 2)));
        nodes.add(OneNode.of("Pow", 12, floats, floats(new long[] {1}, 3)));
        nodes.add(OneNode.of("Pow", 13, floats, vector(2)));
        nodes.add(OneNode.of("Pow", 13, ints, vector(2)));
        nodes.add(OneNode.of("Pow", 13, ints, floats(new long[] {}, 2)));
        nodes.add(OneNode.of("Clip", 11, floats, low, high));
        nodes.add(OneNode.of("Clip", 13, floats, low));
        nodes.add(OneNode.of("Clip", 13, floats).absent().input(high));
        nodes.add(OneNode.of("Clip", 13, floats));
        nodes.add(OneNode.of("Div", 14, floats, floats(new long[] {}, 0)));
        nodes.add(OneNode.of("Mul", 14, floats.as(DataType.FLOAT64), floats.as(DataType.FLOAT64)));
        return nodes.stream();
    }

    @Test
    void refusesTheRemainderOfFloats() {
        OneNode node = OneNode.of("Mod", 13, floats(new long[] {1}, 7.5), floats(new long[] {1}, 2));

        assertThatThrownBy(() -> OperatorCheck.assertGradient(node, SEED))
                .hasMessageContaining("node \"node\" (Mod)")
                .hasMessageContaining("fmod=0 is for integers only");
    }

    @ParameterizedTest
    @MethodSource("everything")
    void agreesWithOnnxRuntime(OneNode node) throws Exception {
        OperatorCheck.assertParity(node);
    }

    @ParameterizedTest
    @MethodSource("smooth")
    void hasTheGradientOfItsSlope(OneNode node) throws Exception {
        OperatorCheck.assertGradient(node, SEED);
    }
}
