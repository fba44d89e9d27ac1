package dev.millrace.trainer.onnx.operator;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Reads tensors out of the ONNX file format: inline only, element types float, double, int64, int32, bool. Stateless.
 *
 * <p>Source: onnx.proto, message TensorProto; values stand in {@code raw_data}, little-endian, or in the list of their
 * type.
 */
public final class TensorReader {
    /** Integer tensors up to this many elements stay on the host. */
    private static final int HOST_LIMIT = 1 << 16;

    private static final int CACHE_LINE = 64;

    private TensorReader() {}

    /** Tells whether the tensor holds 32-bit floats. */
    public static boolean isFloat(TensorProto tensor) {
        return tensor.getDataType() == TensorProto.DataType.FLOAT.getNumber();
    }

    /**
     * Checks that a tensor can be read.
     *
     * @throws UnsupportedNodeException if its element type or storage is not supported, or if bytes are missing
     */
    public static void check(TensorProto tensor) throws UnsupportedNodeException {
        if (tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL || tensor.hasSegment()) {
            throw new UnsupportedNodeException(
                    "its values are outside the file; save the model with its weights inside");
        }
        int type = tensor.getDataType();
        dataType(type);
        long[] shape = shape(tensor);
        // In double: a damaged file may declare more than a long counts.
        double expected = Arrays.stream(shape).asDoubleStream().reduce(1, (a, b) -> a * b);
        long found = elements(tensor);
        if (found != expected || Arrays.stream(shape).anyMatch(extent -> extent < 0)) {
            throw new UnsupportedNodeException("it declares " + (long) expected + " elements of type " + typeName(type)
                    + " and holds " + found + "; the file is damaged or was cut short");
        }
    }

    /**
     * Returns the engine's type for an ONNX element type.
     *
     * @throws UnsupportedNodeException if it is none of those that are read
     */
    public static DataType dataType(int onnxType) throws UnsupportedNodeException {
        TensorProto.DataType type = TensorProto.DataType.forNumber(onnxType);
        if (type == TensorProto.DataType.FLOAT) {
            return DataType.FLOAT32;
        } else if (type == TensorProto.DataType.DOUBLE) {
            return DataType.FLOAT64;
        } else if (type == TensorProto.DataType.INT64) {
            return DataType.INT64;
        } else if (type == TensorProto.DataType.INT32) {
            return DataType.INT32;
        } else if (type == TensorProto.DataType.BOOL) {
            return DataType.BOOLEAN;
        }
        throw new UnsupportedNodeException("element type " + typeName(onnxType)
                + " is not supported (allowed: FLOAT, DOUBLE, INT64, INT32, BOOL); export the model in float32");
    }

    /** Returns the name of an ONNX element type. */
    public static String typeName(int onnxType) {
        TensorProto.DataType type = TensorProto.DataType.forNumber(onnxType);
        return type == null ? "number " + onnxType : type.name();
    }

    /** Returns the extents. */
    public static long[] shape(TensorProto tensor) {
        return tensor.getDimsList().stream().mapToLong(Long::longValue).toArray();
    }

    /**
     * Returns a float tensor in a fresh direct buffer in native byte order, aligned for vector instructions.
     *
     * @throws IllegalArgumentException if the tensor is not float or does not hold as many values as it declares
     */
    public static ByteBuffer floats(TensorProto tensor) {
        long size = Shapes.size(shape(tensor));
        if (!isFloat(tensor) || elements(tensor) != size) {
            throw new IllegalArgumentException("tensor " + tensor.getName() + " should hold " + size + " floats, holds "
                    + elements(tensor) + " of type " + typeName(tensor.getDataType()));
        }
        ByteBuffer buffer = allocateFloats(size);
        if (!tensor.getRawData().isEmpty()) {
            FloatBuffer raw = tensor.getRawData()
                    .asReadOnlyByteBuffer()
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer();
            buffer.asFloatBuffer().put(raw);
        } else {
            FloatBuffer target = buffer.asFloatBuffer();
            tensor.getFloatDataList().forEach(target::put);
        }
        return buffer;
    }

    /** Returns a direct buffer for so many floats, in native byte order, its start on a cache line. */
    public static ByteBuffer allocateFloats(long size) {
        int bytes = Math.toIntExact(size * Float.BYTES);
        // An aligned slice loses up to a line at each end.
        return ByteBuffer.allocateDirect(Math.addExact(bytes, 2 * CACHE_LINE))
                .alignedSlice(CACHE_LINE)
                .limit(bytes)
                .slice()
                .order(ByteOrder.nativeOrder());
    }

    /** Returns a constant: on the host if it is integer and not large, otherwise an array of the given manager. */
    public static Value value(TensorProto tensor, NDManager manager) throws UnsupportedNodeException {
        check(tensor);
        DataType type = dataType(tensor.getDataType());
        Shape shape = new Shape(shape(tensor));
        if (type == DataType.FLOAT32) {
            return new Tensor(NativeArrays.of(manager, floats(tensor), shape, type));
        }
        if (type == DataType.FLOAT64) {
            return new Tensor(NativeArrays.of(manager, DoubleBuffer.wrap(doubles(tensor)), shape, type));
        }
        HostTensor host = new HostTensor(type, shape.getShape(), integers(tensor, type));
        return host.values().length <= HOST_LIMIT ? host : new Tensor(host.toArray(manager));
    }

    private static double[] doubles(TensorProto tensor) {
        if (tensor.getRawData().isEmpty()) {
            return tensor.getDoubleDataList().stream()
                    .mapToDouble(Double::doubleValue)
                    .toArray();
        }
        double[] values = new double[tensor.getRawData().size() / Double.BYTES];
        raw(tensor).asDoubleBuffer().get(values);
        return values;
    }

    private static long[] integers(TensorProto tensor, DataType type) {
        if (tensor.getRawData().isEmpty()) {
            return type == DataType.INT64
                    ? tensor.getInt64DataList().stream()
                            .mapToLong(Long::longValue)
                            .toArray()
                    : tensor.getInt32DataList().stream()
                            .mapToLong(Integer::longValue)
                            .toArray();
        }
        ByteBuffer raw = raw(tensor);
        long[] values = new long[raw.remaining() / type.getNumOfBytes()];
        Arrays.setAll(
                values,
                i -> type == DataType.INT64
                        ? raw.getLong(i * Long.BYTES)
                        : type == DataType.INT32 ? raw.getInt(i * Integer.BYTES) : raw.get(i));
        return values;
    }

    private static ByteBuffer raw(TensorProto tensor) {
        // Sliced: bytes that alias the file start at a position of their own, and integers are read by index.
        return tensor.getRawData().asReadOnlyByteBuffer().slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    private static long elements(TensorProto tensor) {
        TensorProto.DataType type = TensorProto.DataType.forNumber(tensor.getDataType());
        boolean wide = type == TensorProto.DataType.INT64 || type == TensorProto.DataType.DOUBLE;
        int width = type == TensorProto.DataType.BOOL ? 1 : wide ? Long.BYTES : Integer.BYTES;
        if (!tensor.getRawData().isEmpty()) {
            return tensor.getRawData().size() % width == 0 ? tensor.getRawData().size() / width : -1;
        }
        if (type == TensorProto.DataType.FLOAT) {
            return tensor.getFloatDataCount();
        } else if (type == TensorProto.DataType.DOUBLE) {
            return tensor.getDoubleDataCount();
        }
        return type == TensorProto.DataType.INT64 ? tensor.getInt64DataCount() : tensor.getInt32DataCount();
    }
}
