package dev.millrace.trainer.onnx;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * A tensor in Java memory that goes into all three worlds of a test: engine, ONNX Runtime, model file.
 *
 * @param type FLOAT32, FLOAT64, INT64, INT32 or BOOLEAN
 * @param shape extents
 * @param values row-major; exact for every type but large 64-bit integers
 */
public record HostArray(DataType type, long[] shape, double[] values) {
    public static HostArray floats(long[] shape, double... values) {
        return new HostArray(DataType.FLOAT32, shape, values);
    }

    public static HostArray longs(long[] shape, long... values) {
        return new HostArray(
                DataType.INT64, shape, Arrays.stream(values).asDoubleStream().toArray());
    }

    /** Returns a vector of 64-bit integers. */
    public static HostArray vector(long... values) {
        return longs(new long[] {values.length}, values);
    }

    public static HostArray random(Random random, double low, double high, long... shape) {
        int size = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        double[] values = random.doubles(size, low, high).map(v -> (float) v).toArray();
        return floats(shape, values);
    }

    /** Returns distinct values around zero in random order, so far apart that their order outlasts a finite difference. */
    public static HostArray spaced(Random random, double distance, long... shape) {
        int size = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        List<Double> values = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            values.add((double) (float) (distance * (i - size / 2) + distance / 3));
        }
        Collections.shuffle(values, random);
        return floats(shape, values.stream().mapToDouble(v -> v).toArray());
    }

    /** Returns whole numbers in {@code [low, high)}. */
    public static HostArray randomLongs(Random random, int low, int high, long... shape) {
        int size = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        return longs(shape, random.ints(size, low, high).asLongStream().toArray());
    }

    public HostArray as(DataType other) {
        return new HostArray(other, shape, values);
    }

    public static HostArray of(NDArray array) {
        try (NDArray wide = array.toType(DataType.FLOAT64, true)) {
            return new HostArray(array.getDataType(), array.getShape().getShape(), wide.toDoubleArray());
        }
    }

    static HostArray of(OnnxTensor tensor) {
        OnnxJavaType type = tensor.getInfo().type;
        ByteBuffer bytes = tensor.getByteBuffer().order(ByteOrder.nativeOrder());
        DataType engineType = switch (type) {
            case FLOAT -> DataType.FLOAT32;
            case DOUBLE -> DataType.FLOAT64;
            case INT64 -> DataType.INT64;
            case INT32 -> DataType.INT32;
            case BOOL -> DataType.BOOLEAN;
            default -> throw new IllegalArgumentException("no test uses " + type);
        };
        double[] values = new double[bytes.remaining() / engineType.getNumOfBytes()];
        Arrays.setAll(values, i -> get(bytes, i, engineType));
        return new HostArray(engineType, tensor.getInfo().getShape(), values);
    }

    public NDArray toArray(NDManager manager) {
        try (NDArray wide = manager.create(values, new Shape(shape))) {
            return wide.toType(type, true);
        }
    }

    OnnxTensor toOnnxTensor(OrtEnvironment environment) throws OrtException {
        OnnxJavaType onnxType = switch (type) {
            case FLOAT32 -> OnnxJavaType.FLOAT;
            case FLOAT64 -> OnnxJavaType.DOUBLE;
            case INT64 -> OnnxJavaType.INT64;
            case INT32 -> OnnxJavaType.INT32;
            default -> OnnxJavaType.BOOL;
        };
        return OnnxTensor.createTensor(environment, bytes(), shape, onnxType);
    }

    public TensorProto toProto(String name) {
        return TensorProto.newBuilder()
                .setName(name)
                .setDataType(onnxType())
                .addAllDims(Arrays.stream(shape).boxed().toList())
                .setRawData(ByteString.copyFrom(bytes()))
                .build();
    }

    public int onnxType() {
        return switch (type) {
            case FLOAT32 -> TensorProto.DataType.FLOAT.getNumber();
            case FLOAT64 -> TensorProto.DataType.DOUBLE.getNumber();
            case INT64 -> TensorProto.DataType.INT64.getNumber();
            case INT32 -> TensorProto.DataType.INT32.getNumber();
            default -> TensorProto.DataType.BOOL.getNumber();
        };
    }

    private ByteBuffer bytes() {
        ByteBuffer bytes =
                ByteBuffer.allocateDirect(values.length * type.getNumOfBytes()).order(ByteOrder.nativeOrder());
        for (double value : values) {
            switch (type) {
                case FLOAT32 -> bytes.putFloat((float) value);
                case FLOAT64 -> bytes.putDouble(value);
                case INT64 -> bytes.putLong((long) value);
                case INT32 -> bytes.putInt((int) value);
                default -> bytes.put((byte) value);
            }
        }
        return bytes.flip();
    }

    private static double get(ByteBuffer bytes, int i, DataType type) {
        return switch (type) {
            case FLOAT32 -> bytes.getFloat(i * Float.BYTES);
            case FLOAT64 -> bytes.getDouble(i * Double.BYTES);
            case INT64 -> bytes.getLong(i * Long.BYTES);
            case INT32 -> bytes.getInt(i * Integer.BYTES);
            default -> bytes.get(i);
        };
    }
}
