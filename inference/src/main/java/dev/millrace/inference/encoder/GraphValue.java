package dev.millrace.inference.encoder;

import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;

/** Writes down an input or output of a graph: its name, the type of its elements, its shape. Stateless. */
public final class GraphValue {
    private GraphValue() {}

    /** A tensor of float32; dimensions as in {@link #of}. */
    public static ValueInfoProto floats(String name, Object... dimensions) {
        return of(name, TensorProto.DataType.FLOAT_VALUE, dimensions);
    }

    /**
     * A tensor.
     *
     * @param elementType a value of {@code TensorProto.DataType}
     * @param dimensions each an extent, or a name where that is open
     */
    public static ValueInfoProto of(String name, int elementType, Object... dimensions) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (Object dimension : dimensions) {
            if (dimension instanceof Number fixed) {
                shape.addDimBuilder().setDimValue(fixed.longValue());
            } else {
                shape.addDimBuilder().setDimParam(dimension.toString());
            }
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(elementType)
                                .setShape(shape)))
                .build();
    }
}
