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
            drawings.put(name, unary(name, draw -> draw.floats(draw.shape(0, 4))));
        }
        for (String name : List.of("Sqrt", "Log", "Reciprocal")) {
            drawings.put(name, unary(name, draw -> draw.floats(0.5, 3, draw.shape(0, 4))));
        }
        for (String name : List.of("Abs", "Relu")) {
            drawings.put(name, unary(name, draw -> draw.apart(draw.shape(0, 3))));
        }
        for (String name : List.of("Floor", "Ceil", "Round", "Sign")) {
            drawings.put(name, unary(name, draw -> draw.floats(-9, 9, draw.shape(0, 4))));
        }
        drawings.put("Mish", unary("Mish", draw -> draw.floats(draw.shape(0, 4))));
        drawings.put("HardSwish", unary("HardSwish", draw -> draw.floats(draw.shape(0, 4))));
        for (String name : List.of("Add", "Sub", "Mul", "Div", "Pow")) {
            drawings.put(name, binary(name, (draw, shape) -> draw.floats(0.5, 2, shape)));
        }
        drawings.put("Mod", binary("Mod", (draw, shape) -> draw.longs(1, 9, shape)));
        for (String name : List.of("And", "Or", "Xor")) {
            drawings.put(name, binary(name, Draw::bits));
        }
        for (String name : List.of("Less", "LessOrEqual", "Greater", "GreaterOrEqual")) {
            drawings.put(name, binary(name, (draw, shape) -> draw.longs(-3, 3, shape)));
        }
        drawings.put("Equal", binary("Equal", (draw, shape) -> draw.longs(-2, 2, shape)));
        for (String name : List.of("Min", "Max", "Sum", "Mean")) {
            drawings.put(name, draw -> several(draw, name));
        }
        registerShaped(drawings);
    }

    private static void registerShaped(Map<String, Function<Draw, OneNode>> drawings) {
        drawings.put("Not", unary("Not", draw -> draw.bits(draw.shape(0, 4))));
        HostArray special = floats(new long[] {4}, 1, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY);
        drawings.put("IsNaN", unary("IsNaN", draw -> special));
        drawings.put("IsInf", unary("IsInf", draw -> special));
        drawings.put(
                "Gelu",
                draw -> OneNode.of("Gelu", draw.opset("Gelu"), draw.floats(draw.shape(0, 4)))
                        .with("approximate", draw.one("none", "tanh")));
        drawings.put("HardSigmoid", shaped("HardSigmoid", node -> node.with("alpha", 0.1f)));
        drawings.put("Elu", shaped("Elu", node -> node.with("alpha", 0.7f)));
        drawings.put("Celu", shaped("Celu", node -> node.with("alpha", 1.5f)));
        drawings.put("Selu", shaped("Selu", node -> node.with("gamma", 1.2f).with("alpha", 1.5f)));
        drawings.put("LeakyRelu", shaped("LeakyRelu", node -> node.with("alpha", 0.2f)));
        drawings.put("ThresholdedRelu", shaped("ThresholdedRelu", node -> node.with("alpha", 0.25f)));
        drawings.put("PRelu", draw -> {
            long[] shape = draw.shape(1, 4);
            return OneNode.of("PRelu", draw.opset("PRelu"), draw.apart(shape), draw.floats(draw.narrower(shape)));
        });
        drawings.put("Clip", ElementDrawings::clip);
        drawings.put(
                "Cast",
                draw -> OneNode.of("Cast", draw.opset("Cast"), draw.numbers(draw.shape(0, 3)))
                        .with("to", type(draw)));
        drawings.put(
                "CastLike",
                draw -> OneNode.of(
                        "CastLike", draw.opset("CastLike"), draw.numbers(draw.shape(0, 3)), draw.numbers(1)));
        drawings.put("Where", draw -> {
            List<long[]> shapes = draw.broadcasting();
            DataType type = draw.one(DataType.FLOAT32, DataType.INT64);
            return OneNode.of(
                    "Where",
                    draw.opset("Where"),
                    draw.bits(draw.narrower(shapes.get(0))),
                    draw.longs(-9, 9, shapes.get(0)).as(type),
                    draw.longs(-9, 9, shapes.get(1)).as(type));
        });
    }

    private static long type(Draw draw) {
        DataType type = draw.one(DataType.FLOAT32, DataType.INT64, DataType.INT32, DataType.BOOLEAN);
        return draw.bits(1).as(type).onnxType();
    }

    private static Function<Draw, OneNode> unary(String name, Function<Draw, HostArray> values) {
        return draw -> OneNode.of(name, draw.opset(name), values.apply(draw));
    }

    /** With the attribute and, half of the time, with its default instead. */
    private static Function<Draw, OneNode> shaped(String name, UnaryOperator<OneNode> attributes) {
        return draw -> {
            OneNode plain = OneNode.of(name, draw.opset(name), draw.apart(draw.shape(1, 3)));
            return draw.coin() ? attributes.apply(plain) : plain;
        };
    }

    @FunctionalInterface
    private interface Values {
        HostArray of(Draw draw, long... shape);
    }

    private static Function<Draw, OneNode> binary(String name, Values values) {
        return draw -> {
            List<long[]> shapes = draw.broadcasting();
            return OneNode.of(name, draw.opset(name), values.of(draw, shapes.get(0)), values.of(draw, shapes.get(1)));
        };
    }

    private static OneNode several(Draw draw, String name) {
        List<long[]> shapes = draw.broadcasting();
        OneNode node = OneNode.of(name, draw.opset(name), draw.apart(shapes.get(0)));
        return draw.coin() ? node.input(draw.between(shapes.get(1))) : node;
    }

    private static OneNode clip(Draw draw) {
        OneNode node = OneNode.of("Clip", draw.opset("Clip"), draw.apart(draw.shape(1, 3)));
        node = draw.coin() ? node.input(floats(SCALAR, -0.25)) : node.absent();
        return draw.coin() ? node.input(floats(SCALAR, 0.25)) : node;
    }
}
