package dev.millrace.inference.encoder;

import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.List;

/** Reading and writing of ONNX tensor records. Stateless. */
final class Tensors {
    private Tensors() {}

    static boolean isFloat(TensorProto tensor) {
        return tensor.getDataType() == TensorProto.DataType.FLOAT_VALUE;
    }

    static boolean isExternal(TensorProto tensor) {
        return tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL || tensor.getExternalDataCount() > 0;
    }

    static long[] shape(TensorProto tensor) {
        return tensor.getDimsList().stream().mapToLong(Long::longValue).toArray();
    }

    /** Number of values; 1 for a scalar. */
    static long count(long[] shape) {
        long count = 1;
        for (long dimension : shape) {
            count = Math.multiplyExact(count, dimension);
        }
        return count;
    }

    /** Bytes one value takes in raw data, or 0 for types without a fixed width. */
    static int width(int dataType) {
        TensorProto.DataType type = TensorProto.DataType.forNumber(dataType);
        if (type == null) {
            return 0;
        }
        return switch (type) {
            case FLOAT, INT32, UINT32 -> Float.BYTES;
            case INT64, UINT64, DOUBLE -> Long.BYTES;
            case INT8, UINT8, BOOL -> 1;
            default -> 0;
        };
    }

    /** A direct little-endian copy of a float tensor's values, position 0. */
    static ByteBuffer floats(TensorProto tensor) {
        int bytes = Math.toIntExact(Float.BYTES * count(shape(tensor)));
        ByteBuffer copy = ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (tensor.hasRawData()) {
            tensor.getRawData().copyTo(copy);
        } else {
            tensor.getFloatDataList().forEach(copy::putFloat);
        }
        return copy.flip();
    }

    /** The same tensor with these little-endian values, from position to limit. */
    static TensorProto withFloats(TensorProto tensor, ByteBuffer values) {
        return inline(tensor.toBuilder(), ByteString.copyFrom(values.duplicate()));
    }

    /** A float tensor of zeros. */
    static TensorProto zeros(String name, long... shape) {
        TensorProto.Builder tensor =
                TensorProto.newBuilder().setName(name).setDataType(TensorProto.DataType.FLOAT_VALUE);
        for (long dimension : shape) {
            tensor.addDims(dimension);
        }
        return inline(tensor, UnsafeByteOperations.unsafeWrap(new byte[Math.toIntExact(Float.BYTES * count(shape))]));
    }

    private static TensorProto inline(TensorProto.Builder tensor, ByteString raw) {
        return tensor.clearFloatData()
                .clearExternalData()
                .clearDataLocation()
                .setRawData(raw)
                .build();
    }

    /**
     * The same tensor without values. The location is never opened: the runtime gets the values in memory, and asks only
     * that the tensor be marked as external.
     */
    static TensorProto external(TensorProto tensor) {
        return tensor.toBuilder()
                .clearFloatData()
                .clearRawData()
                .clearExternalData()
                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                .addExternalData(
                        StringStringEntryProto.newBuilder().setKey("location").setValue("millrace"))
                .build();
    }

    static TensorProto int64s(List<Long> values, boolean scalar) {
        TensorProto.Builder tensor = TensorProto.newBuilder()
                .setDataType(TensorProto.DataType.INT64_VALUE)
                .addAllInt64Data(values);
        return scalar ? tensor.build() : tensor.addDims(values.size()).build();
    }

    /** A small float tensor of ones. */
    static TensorProto ones(int rows, int columns) {
        return TensorProto.newBuilder()
                .setDataType(TensorProto.DataType.FLOAT_VALUE)
                .addDims(rows)
                .addDims(columns)
                .addAllFloatData(Collections.nCopies(rows * columns, 1f))
                .build();
    }

    static TensorProto scalar(float value) {
        return TensorProto.newBuilder()
                .setDataType(TensorProto.DataType.FLOAT_VALUE)
                .addFloatData(value)
                .build();
    }
}
