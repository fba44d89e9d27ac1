package dev.millrace.trainer.onnx.operator;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The inputs of one node at one moment. Owned by the trainer thread; owns none of the arrays. */
public final class Operands {
    private final NDManager manager;
    private final @Nullable Value[] values;
    private final Precision precision;

    /**
     * Inputs of a node that computes in float32.
     *
     * @param manager takes the arrays that are made from host values
     * @param values one per input of the node; null where an optional input is left out; not copied
     */
    public Operands(NDManager manager, @Nullable Value[] values) {
        this(manager, values, Precision.FLOAT32);
    }

    /**
     * Inputs of a node.
     *
     * @param manager as in the other
     * @param values as in the other
     * @param precision of products with weights
     */
    public Operands(NDManager manager, @Nullable Value[] values, Precision precision) {
        this.manager = manager;
        this.values = values;
        this.precision = precision;
    }

    NDManager manager() {
        return manager;
    }

    Precision precision() {
        return precision;
    }

    int count() {
        return values.length;
    }

    boolean has(int index) {
        return index < values.length && values[index] != null;
    }

    Value value(int index) {
        if (!has(index)) {
            throw new IllegalArgumentException("input " + index + " is missing");
        }
        return Objects.requireNonNull(values[index]);
    }

    /** Returns an input as an engine array; a host value is copied to the device. The caller does not close it. */
    public NDArray array(int index) {
        Value value = value(index);
        return value instanceof HostTensor host ? host.toArray(manager) : engineArray(value);
    }

    private NDArray engineArray(Value value) {
        return value instanceof AdaptedMatrix adapted ? adapted.sum(manager) : ((Tensor) value).array();
    }

    /** Returns an integer input on the host; an engine array is copied from the device. */
    HostTensor host(int index) {
        Value value = value(index);
        return value instanceof HostTensor host ? host : HostTensor.copyOf(engineArray(value));
    }

    /** Returns the values of an integer input. */
    long[] longs(int index) {
        return host(index).values();
    }

    /** Returns the values of an integer input, or the given ones if the input is left out. */
    long[] longs(int index, long[] otherwise) {
        return has(index) ? longs(index) : otherwise;
    }

    /** Returns a single number of any type. */
    double number(int index) {
        if (value(index) instanceof HostTensor host) {
            return host.values()[0];
        }
        try (NDArray wide = array(index).toType(DataType.FLOAT64, true)) {
            return wide.toDoubleArray()[0];
        }
    }

    long[] shape(int index) {
        return value(index).shape();
    }

    boolean isHost(int index) {
        return values[index] instanceof HostTensor;
    }

    /** Tells whether every input is on the host, so that no native call is needed. */
    boolean allHost() {
        for (Value value : values) {
            if (value != null && !(value instanceof HostTensor)) {
                return false;
            }
        }
        return true;
    }

    /** Returns the input as a value of its own: same numbers, same memory, its own life. */
    Value alias(int index) {
        Value value = value(index);
        if (value instanceof HostTensor) {
            return value;
        }
        NDArray array = engineArray(value);
        return new Tensor(array.reshape(array.getShape()));
    }

    /** Returns the shapes of all inputs, for messages. */
    public String describe() {
        StringBuilder text = new StringBuilder();
        for (Value value : values) {
            text.append(text.length() == 0 ? "" : ", ");
            text.append(value == null ? "none" : type(value) + Arrays.toString(value.shape()));
        }
        return text.toString();
    }

    private static String type(Value value) {
        return value instanceof HostTensor host
                ? "host " + host.type()
                : value instanceof Tensor tensor ? tensor.array().getDataType().toString() : "float32";
    }
}
