package dev.millrace.trainer.onnx.operator;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.function.LongBinaryOperator;

/** Comparisons, boolean operators, selection and type conversion. Stateless. */
final class Logic {
    private Logic() {}

    static void register(Map<String, Operator.Factory> registry) {
        registry.put("Equal", test(NDArray::eq, (a, b) -> bit(a == b)));
        registry.put("Less", test(NDArray::lt, (a, b) -> bit(a < b)));
        registry.put("LessOrEqual", test(NDArray::lte, (a, b) -> bit(a <= b)));
        registry.put("Greater", test(NDArray::gt, (a, b) -> bit(a > b)));
        registry.put("GreaterOrEqual", test(NDArray::gte, (a, b) -> bit(a >= b)));
        registry.put("And", test(NDArray::logicalAnd, (a, b) -> a & b));
        registry.put("Or", test(NDArray::logicalOr, (a, b) -> a | b));
        registry.put("Xor", test(NDArray::logicalXor, (a, b) -> a ^ b));
        registry.put("Not", Operator.plain(Logic::not));
        registry.put("IsNaN", Operator.plain(in -> new Tensor(in.array(0).isNaN())));
        registry.put("IsInf", Logic::isInfinite);
        registry.put("Where", Operator.plain(Logic::where));
        registry.put("Cast", Logic::cast);
        registry.put("CastLike", Logic::castLike);
    }

    private static long bit(boolean value) {
        return value ? 1 : 0;
    }

    private static Operator.Factory test(BinaryOperator<NDArray> operator, LongBinaryOperator hostOperator) {
        return Operator.plain(in -> in.allHost()
                ? HostMath.binary(in.host(0), in.host(1), DataType.BOOLEAN, hostOperator)
                : new Tensor(operator.apply(in.array(0), in.array(1))));
    }

    private static Value not(Operands in) {
        return in.isHost(0)
                ? HostMath.unary(in.host(0), DataType.BOOLEAN, a -> 1 - a)
                : new Tensor(in.array(0).logicalNot());
    }

    private static Value where(Operands in) {
        if (!in.allHost()) {
            return new Tensor(
                    JniUtils.where((PtNDArray) in.array(0), (PtNDArray) in.array(1), (PtNDArray) in.array(2)));
        }
        HostTensor condition = in.host(0);
        DataType type = in.host(1).type();
        // (c ? x : 0) + (c ? 0 : y), each with its own broadcasting
        HostTensor kept = HostMath.binary(condition, in.host(1), type, (c, x) -> c == 0 ? 0 : x);
        HostTensor filled = HostMath.binary(condition, in.host(2), type, (c, y) -> c == 0 ? y : 0);
        return HostMath.binary(kept, filled, type, Long::sum);
    }

    private static Operator isInfinite(NodeView node) throws UnsupportedNodeException {
        if (!node.flag("detect_negative", true) || !node.flag("detect_positive", true)) {
            throw new UnsupportedNodeException("detect_negative=0 and detect_positive=0 are not supported");
        }
        return Operator.single(in -> new Tensor(in.array(0).isInfinite()));
    }

    /** Cast to the element type of another value. */
    private static Operator castLike(NodeView node) {
        node.ignores(AttributeType.INT, "saturate");
        return Operator.single(in ->
                converted(in, in.isHost(1) ? in.host(1).type() : in.array(1).getDataType()));
    }

    private static Operator cast(NodeView node) throws UnsupportedNodeException {
        DataType type = TensorReader.dataType((int) node.integer("to", 0));
        node.ignores(AttributeType.INT, "saturate"); // of 8-bit floats
        return Operator.single(in -> converted(in, type));
    }

    private static Value converted(Operands in, DataType type) {
        if (in.isHost(0) && !type.isFloating()) {
            return type == DataType.BOOLEAN
                    ? HostMath.unary(in.host(0), type, a -> bit(a != 0))
                    : HostMath.unary(in.host(0), type, a -> type == DataType.INT32 ? (int) a : a);
        }
        NDArray array = in.array(0);
        return array.getDataType() == type ? in.alias(0) : new Tensor(array.toType(type, true));
    }
}
