package dev.millrace.trainer.onnx;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.millrace.trainer.onnx.operator.Tensor;
import dev.millrace.trainer.onnx.operator.TensorReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One float initializer of the graph, or a factor of an adapter; an autograd leaf if it trains.
 *
 * <p>Owned by the trainer thread; closed by its {@link ParameterStore}.
 */
public final class Parameter {
    private final NDManager manager;
    private final String name;
    private final long[] shape;
    private final PtNDArray array;
    private final Tensor value;
    /** The array's own memory if it is shared; otherwise only the values it started with. */
    private final ByteBuffer memory;

    private final boolean shared;
    private final boolean trained;
    private @Nullable Adapter adapter;

    /** @param values direct, not to be used by the caller any more */
    Parameter(NDManager manager, String name, long[] shape, ByteBuffer values, Mode mode) {
        this.manager = manager;
        this.name = name;
        this.shape = shape.clone();
        this.memory = values;
        this.shared = mode.shared();
        this.trained = mode.trained();
        this.array = create(values);
        this.value = new Tensor(array);
    }

    /**
     * How a parameter is kept.
     *
     * @param shared whether engine and Java use the same memory
     * @param trained whether it is an autograd leaf
     */
    record Mode(boolean shared, boolean trained) {}

    private PtNDArray create(ByteBuffer values) {
        PtNDArray created = (PtNDArray) manager.create(values, new Shape(shape), DataType.FLOAT32);
        if (!shared && !created.getDevice().isGpu()) { // On CPU the engine would go on using the buffer.
            try (NDArray view = created) {
                created = (PtNDArray) view.duplicate();
            }
        }
        created.setName(name);
        if (trained) {
            created.setRequiresGradient(true);
        }
        return created;
    }

    /** Returns the initializer's name. */
    public String name() {
        return name;
    }

    /** Returns a copy of the extents. */
    public long[] shape() {
        return shape.clone();
    }

    /** Returns the number of values. */
    public int size() {
        return memory.capacity() / Float.BYTES;
    }

    /** Returns the leaf. Not to be closed by the caller, and not to be changed in place while gradients are recorded. */
    public NDArray array() {
        return array;
    }

    /** Tells whether a backward pass gives it a gradient. */
    public boolean trained() {
        return trained;
    }

    /** Returns the low-rank change that is added to it, if it has one. */
    public @Nullable Adapter adapter() {
        return adapter;
    }

    void adapt(Adapter change) {
        this.adapter = change;
    }

    /**
     * Returns the values, row-major. A live view where memory is shared: what is written is what the next run computes
     * with. Elsewhere a copy. Position and limit are the caller's own.
     */
    public FloatBuffer values() {
        return shared ? memory.asFloatBuffer() : copyOf(array);
    }

    /** Returns the values it started with as little-endian bytes; of one that never trains, its values. Not to be written. */
    public ByteBuffer initialBytes() {
        return memory.asReadOnlyBuffer().order(ByteOrder.nativeOrder());
    }

    /**
     * Replaces the values. Call between steps only: a recorded graph may still read the old ones.
     *
     * @param values as many as the parameter has, from position to limit; copied
     */
    public void write(FloatBuffer values) {
        if (values.remaining() != size()) {
            throw new IllegalArgumentException(name + " has " + size() + " values, was given " + values.remaining());
        }
        if (shared) {
            memory.asFloatBuffer().put(values.duplicate());
            return;
        }
        ByteBuffer copy = TensorReader.allocateFloats(size());
        copy.asFloatBuffer().put(values.duplicate());
        array.intern(create(copy));
    }

    /**
     * Returns the gradient accumulated since {@link #clearGradient} in the parameter's shape.
     *
     * @param step takes the array, which is valid until this manager is closed
     * @return null if no backward pass reached this parameter
     */
    public @Nullable NDArray gradientArray(NDManager step) {
        PtNDArray gradient = JniUtils.getGradient(array);
        if (gradient != null) {
            gradient.attach(step);
        }
        return gradient;
    }

    /**
     * Returns the gradient accumulated since {@link #clearGradient}, row-major in the parameter's shape. A live view of the
     * engine's memory where memory is shared, elsewhere a copy.
     *
     * @param step the view is valid until this manager is closed
     * @return null if no backward pass reached this parameter
     */
    public @Nullable FloatBuffer gradient(NDManager step) {
        NDArray gradient = gradientArray(step);
        if (gradient == null) {
            return null;
        }
        return shared ? gradient.toByteBuffer(true).asFloatBuffer() : copyOf(gradient);
    }

    /** Forgets the gradient and frees its memory. */
    public void clearGradient() {
        if (!trained) {
            return;
        }
        // A detached twin over the same memory takes the handle's place: the engine offers no "set to none".
        NDArray twin = array.stopGradient();
        twin.setRequiresGradient(true);
        array.intern(twin);
    }

    /**
     * Returns what an export holds: the values, or their sum with the adapter's change, row-major.
     *
     * @param scope takes what is made on the way
     */
    public FloatBuffer exported(NDManager scope) {
        return adapter == null ? values() : copyOf(adapter.over(array).sum(scope));
    }

    Tensor value() {
        return value;
    }

    void close() {
        array.close();
    }

    private static FloatBuffer copyOf(NDArray array) {
        return FloatBuffer.wrap(array.toFloatArray());
    }
}
