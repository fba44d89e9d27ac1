package dev.millrace.inference.encoder;

import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.List;
import java.util.stream.Collectors;

/** Reading of the shapes that a graph declares. A dimension is 0 where it is open. Stateless. */
final class Shapes {
    private Shapes() {}

    /** Number of dimensions; 0 when no shape is declared. */
    static int rank(ValueInfoProto value) {
        return value.getType().getTensorType().getShape().getDimCount();
    }

    /** One dimension; 0 when it is open or not there. Some exporters write -1 for open. */
    static long at(ValueInfoProto value, int axis) {
        TensorShapeProto shape = value.getType().getTensorType().getShape();
        return axis < shape.getDimCount() ? Math.max(0, shape.getDim(axis).getDimValue()) : 0;
    }

    /** All dimensions but the first. */
    static List<Integer> withoutBatch(ValueInfoProto value) {
        return value.getType().getTensorType().getShape().getDimList().stream()
                .skip(1)
                .map(dimension -> (int) Math.max(0, Math.min(Integer.MAX_VALUE, dimension.getDimValue())))
                .toList();
    }

    /** Element type and shape, for people. */
    static String describe(ValueInfoProto value) {
        TypeProto.Tensor type = value.getType().getTensorType();
        TensorProto.DataType element = TensorProto.DataType.forNumber(type.getElemType());
        String shape = type.getShape().getDimList().stream()
                .map(dimension ->
                        dimension.hasDimValue() ? Long.toString(dimension.getDimValue()) : dimension.getDimParam())
                .collect(Collectors.joining(", ", "[", "]"));
        return (element == null ? "type " + type.getElemType() : element.name()) + shape;
    }
}
