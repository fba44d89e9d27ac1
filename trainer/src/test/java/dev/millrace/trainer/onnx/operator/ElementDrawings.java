package dev.millrace.trainer.onnx.operator;

import static dev.millrace.trainer.onnx.HostArray.floats;

import ai.djl.ndarray.types.DataType;
import dev.millrace.trainer.onnx.HostArray;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** Drawn nodes of the operators that work element by element. Stateless. */
final class ElementDrawings {
    private static final long[] SCALAR = {};

    private ElementDrawings() {}

    static void register(Map<String, Function<Draw, OneNode>> drawings) {
        for (String name : List.of("Exp", "Erf", "Tanh", "Sigmoid", "Sin", "Cos", "Neg", "Softplus", "Softsign")) {
            drawings.put(name, unary(name, 11, draw -> draw.floats(draw.shape(0, 4))));
        }
        for (String name : List.of("Sqrt", "Log", "Reciprocal")) {
            drawings.put(name, unary(name, 11, draw -> draw.floats(0.5, 3, draw.shape(0, 4))));
        }
        for (String name : List.of("Abs", "Relu")) {
            drawings.put(name, unary(name, 14, draw -> draw.apart(draw.shape(0, 3))));
        }
        for (String name : List.of("Floor", "Ceil", "Round", "Sign")) {
            drawings.put(name, unary(name, 11, draw -> draw.floats(-9, 9, draw.shape(0, 4))));
        }
        drawings.put("Mish", unary("Mish", 18, draw -> draw.floats(draw.shape(0, 4))));
        drawings.put("HardSwish", unary("HardSwish", 14, draw -> draw.floats(draw.shape(0, 4))));
        for (String name : List.of("Add", "Sub", "Mul", "Div", "Pow")) {
            drawings.put(name, binary(name, 13, (draw, shape) -> draw.floats(0.5, 2, shape)));
        }
        drawings.put("Mod", binary("Mod", 13, (draw, shape) -> draw.longs(1, 9, shape)));
        for (String name : List.of("And", "Or", "Xor")) {
            drawings.put(name, binary(name, 11, Draw::bits));
        }
        for (String name : List.of("Less", "LessOrEqual", "Greater", "GreaterOrEqual")) {
            drawings.put(name, binary(name, 16, (draw, shape) -> draw.longs(-3, 3, shape)));
        }
        drawings.put("Equal", binary("Equal", 11, (draw, shape) -> draw.longs(-2, 2, shape)));
        for (String name : List.of("Min", "Max", "Sum", "Mean")) {
            drawings.put(name, draw -> several(draw, name));
        }
        registerShaped(drawings);
    }

    private static void registerShaped(Map<String, Function<Draw, OneNode>> drawings) {
        drawings.put("Not", unary("Not", 11, draw -> draw.bits(draw.shape(0, 4))));
        HostArray special = floats(new long[] {4}, 1, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY);
        drawings.put("IsNaN", unary("IsNaN", 13, draw -> special));
        drawings.put("IsInf", unary("IsInf", 11, draw -> special));
        drawings.put(
                "Gelu",
                draw -> OneNode.of("Gelu", draw.opset(20), draw.floats(draw.shape(0, 4)))
                        .with("approximate", draw.one("none", "tanh")));
        drawings.put("HardSigmoid", shaped("HardSigmoid", 11, node -> node.with("alpha", 0.1f)));
        drawings.put("Elu", shaped("Elu", 11, node -> node.with("alpha", 0.7f)));
        drawings.put("Celu", shaped("Celu", 12, node -> node.with("alpha", 1.5f)));
        drawings.put("Selu", shaped("Selu", 11, node -> node.with("gamma", 1.2f).with("alpha", 1.5f)));
        drawings.put("LeakyRelu", shaped("LeakyRelu", 16, node -> node.with("alpha", 0.2f)));
        drawings.put("ThresholdedRelu", shaped("ThresholdedRelu", 11, node -> node.with("alpha", 0.25f)));
        drawings.put("PRelu", draw -> {
            long[] shape = draw.shape(1, 4);
            return OneNode.of("PRelu", draw.opset(16), draw.apart(shape), draw.floats(draw.narrower(shape)));
        });
        drawings.put("Clip", ElementDrawings::clip);
        drawings.put(
                "Cast",
                draw -> OneNode.of("Cast", draw.opset(13), draw.numbers(draw.shape(0, 3)))
                        .with("to", type(draw)));
        drawings.put(
                "CastLike",
                draw -> OneNode.of("CastLike", draw.opset(15), draw.numbers(draw.shape(0, 3)), draw.numbers(1)));
        drawings.put("Where", draw -> {
            List<long[]> shapes = draw.broadcasting();
            DataType type = draw.one(DataType.FLOAT32, DataType.INT64);
            return OneNode.of(
                    "Where",
                    draw.opset(16),
                    draw.bits(draw.narrower(shapes.get(0))),
                    draw.longs(-9, 9, shapes.get(0)).as(type),
                    draw.longs(-9, 9, shapes.get(1)).as(type));
        });
    }

    private static long type(Draw draw) {
        DataType type = draw.one(DataType.FLOAT32, DataType.INT64, DataType.INT32, DataType.BOOLEAN);
        return draw.bits(1).as(type).onnxType();
    }

    private static Function<Draw, OneNode> unary(String name, int since, Function<Draw, HostArray> values) {
        return draw -> OneNode.of(name, draw.opset(since), values.apply(draw));
    }

    /** With the attribute and, half of the time, with its default instead. */
    private static Function<Draw, OneNode> shaped(String name, int since, UnaryOperator<OneNode> attributes) {
        return draw -> {
            OneNode plain = OneNode.of(name, draw.opset(since), draw.apart(draw.shape(1, 3)));
            return draw.coin() ? attributes.apply(plain) : plain;
        };
    }

    @FunctionalInterface
    private interface Values {
        HostArray of(Draw draw, long... shape);
    }

    private static Function<Draw, OneNode> binary(String name, int since, Values values) {
        return draw -> {
            List<long[]> shapes = draw.broadcasting();
            return OneNode.of(name, draw.opset(since), values.of(draw, shapes.get(0)), values.of(draw, shapes.get(1)));
        };
    }

    private static OneNode several(Draw draw, String name) {
        List<long[]> shapes = draw.broadcasting();
        OneNode node = OneNode.of(name, draw.opset(13), draw.apart(shapes.get(0)));
        return draw.coin() ? node.input(draw.between(shapes.get(1))) : node;
    }

    private static OneNode clip(Draw draw) {
        OneNode node = OneNode.of("Clip", draw.opset(13), draw.apart(draw.shape(1, 3)));
        node = draw.coin() ? node.input(floats(SCALAR, -0.25)) : node.absent();
        return draw.coin() ? node.input(floats(SCALAR, 0.25)) : node;
    }
}
