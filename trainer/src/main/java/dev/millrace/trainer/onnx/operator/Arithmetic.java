package dev.millrace.trainer.onnx.operator;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;
import java.util.function.UnaryOperator;

/** Elementwise arithmetic and activation functions. Stateless. */
final class Arithmetic {
    /** {@code sqrt(2 / pi)} of the tanh form of GELU. */
    private static final float GELU_TANH_SCALE = (float) Math.sqrt(2 / Math.PI);

    /** Cubic coefficient of the tanh form of GELU; Hendrycks and Gimpel, arXiv 1606.08415. */
    private static final float GELU_TANH_CUBIC = 0.044715f;

    private Arithmetic() {}

    static void register(Map<String, Operator.Factory> registry) {
        registry.put("Add", binary(NDArray::add, Long::sum));
        registry.put("Sub", binary(NDArray::sub, (a, b) -> a - b));
        registry.put("Mul", binary(NDArray::mul, (a, b) -> a * b));
        registry.put("Div", binary(Arithmetic::divide, (a, b) -> a / b));
        registry.put("Pow", Arithmetic::power);
        registry.put("Min", fold(NDArray::minimum, Math::min));
        registry.put("Max", fold(NDArray::maximum, Math::max));
        registry.put("Sum", fold(NDArray::add, Long::sum));
        registry.put("Mean", Operator.plain(Arithmetic::mean));
        registry.put("Mod", Arithmetic::modulo);
        registry.put("Neg", unary(NDArray::neg, a -> -a));
        registry.put("Abs", unary(NDArray::abs, Math::abs));
        registry.put("Sqrt", unary(NDArray::sqrt));
        registry.put("Floor", unary(NDArray::floor));
        registry.put("Ceil", unary(NDArray::ceil));
        registry.put("Round", unary(NDArray::round));
        registry.put("Sign", unary(NDArray::sign, Long::signum));
        registry.put("Sin", unary(NDArray::sin));
        registry.put("Cos", unary(NDArray::cos));
        registry.put("Reciprocal", unary(Arithmetic::reciprocal));
        registry.put("Exp", unary(NDArray::exp));
        registry.put("Log", unary(NDArray::log));
        registry.put("Erf", unary(NDArray::erf));
        registry.put("Tanh", unary(NDArray::tanh));
        registry.put("Sigmoid", unary(a -> a.getNDArrayInternal().sigmoid()));
        registry.put("Relu", unary(a -> a.getNDArrayInternal().relu()));
        registry.put("Gelu", Arithmetic::gelu);
        registry.put("Clip", Operator.plain(Arithmetic::clip));
    }

    private static Operator.Factory unary(UnaryOperator<NDArray> operator) {
        return Operator.plain(in -> new Tensor(operator.apply(in.array(0))));
    }

    private static Operator.Factory unary(UnaryOperator<NDArray> operator, LongUnaryOperator hostOperator) {
        return Operator.plain(in -> in.isHost(0)
                ? HostMath.unary(in.host(0), in.host(0).type(), hostOperator)
                : new Tensor(operator.apply(in.array(0))));
    }

    private static Operator.Factory binary(BinaryOperator<NDArray> operator, LongBinaryOperator hostOperator) {
        return Operator.plain(in -> in.allHost()
                ? HostMath.binary(in.host(0), in.host(1), in.host(0).type(), hostOperator)
                : new Tensor(operator.apply(in.array(0), in.array(1))));
    }

    /** An operator over any number of inputs, applied from the left. */
    private static Operator.Factory fold(BinaryOperator<NDArray> operator, LongBinaryOperator hostOperator) {
        return Operator.plain(in -> {
            if (in.count() == 1) {
                return in.alias(0);
            }
            if (in.allHost()) {
                HostTensor host = in.host(0);
                for (int i = 1; i < in.count(); i++) {
                    host = HostMath.binary(host, in.host(i), host.type(), hostOperator);
                }
                return host;
            }
            NDArray result = operator.apply(in.array(0), in.array(1));
            for (int i = 2; i < in.count(); i++) {
                try (NDArray previous = result) {
                    result = operator.apply(previous, in.array(i));
                }
            }
            return new Tensor(result);
        });
    }

    /** The mean of any number of inputs. */
    private static Value mean(Operands in) {
        NDArray first = in.array(0);
        NDArray sum = first.reshape(first.getShape());
        for (int i = 1; i < in.count(); i++) {
            try (NDArray previous = sum) {
                sum = previous.add(in.array(i));
            }
        }
        try (NDArray whole = sum) {
            return new Tensor(NativeArrays.over(whole, in.count()));
        }
    }

    /** Returns the quotient; integers are truncated towards zero as in C. Exact up to 2^53. */
    private static NDArray divide(NDArray a, NDArray b) {
        DataType type = a.getDataType();
        if (type.isFloating()) {
            return a.div(b);
        }
        try (NDArray x = a.toType(DataType.FLOAT64, true);
                NDArray y = b.toType(DataType.FLOAT64, true);
                NDArray quotient = x.div(y);
                NDArray truncated = quotient.trunc()) {
            return truncated.toType(type, true);
        }
    }

    /** The remainder with the divisor's sign. */
    private static Operator modulo(NodeView node) throws UnsupportedNodeException {
        if (node.flag("fmod", false)) {
            throw new UnsupportedNodeException("fmod=1 is not supported");
        }
        return Operator.single(in -> {
            if (in.allHost()) {
                return HostMath.binary(in.host(0), in.host(1), in.host(0).type(), Math::floorMod);
            }
            if (in.array(0).getDataType().isFloating()) {
                throw new IllegalArgumentException("fmod=0 is for integers only");
            }
            return new Tensor(JniUtils.remainder((PtNDArray) in.array(0), (PtNDArray) in.array(1)));
        });
    }

    private static Operator power(NodeView node) {
        float exponent = node.scalar(1).orElse(Float.NaN);
        if (exponent == 2f) {
            return Operator.single(in -> new Tensor(in.array(0).square()));
        }
        return Operator.single(in -> {
            DataType type = in.array(0).getDataType();
            NDArray result = in.array(0).pow(in.array(1));
            if (result.getDataType() == type) {
                return new Tensor(result);
            }
            try (NDArray wide = result) {
                return new Tensor(wide.toType(type, true));
            }
        });
    }

    /** Clip with its limits as inputs (since opset 11). */
    private static Value clip(Operands in) {
        if (!in.has(1) && !in.has(2)) {
            return in.alias(0);
        }
        NDArray value = in.array(0);
        if (!in.has(2)) {
            return new Tensor(value.maximum(in.array(1)));
        }
        if (!in.has(1)) {
            return new Tensor(value.minimum(in.array(2)));
        }
        try (NDArray raised = value.maximum(in.array(1))) {
            return new Tensor(raised.minimum(in.array(2)));
        }
    }

    private static NDArray reciprocal(NDArray x) {
        try (NDArray one = NativeArrays.number(x.getManager(), 1, x.getDataType())) {
            return one.div(x);
        }
    }

    private static Operator gelu(NodeView node) throws UnsupportedNodeException {
        String form = node.text("approximate", "none");
        if (form.equals("none")) {
            return Operator.single(
                    in -> new Tensor(in.array(0).getNDArrayInternal().gelu()));
        } else if (form.equals("tanh")) {
            return Operator.single(in -> new Tensor(geluTanh(in.array(0))));
        }
        throw new UnsupportedNodeException("approximate must be \"none\" or \"tanh\", was \"" + form + "\"");
    }

    /** {@code 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))}. */
    private static NDArray geluTanh(NDArray x) {
        try (NDArray square = x.square();
                NDArray scaled = NativeArrays.times(square, GELU_TANH_SCALE * GELU_TANH_CUBIC);
                NDArray factor = scaled.add(GELU_TANH_SCALE);
                NDArray inner = factor.mul(x);
                NDArray tanh = inner.tanh();
                NDArray gate = tanh.add(1f);
                NDArray half = NativeArrays.times(gate, 0.5)) {
            return half.mul(x);
        }
    }
}
