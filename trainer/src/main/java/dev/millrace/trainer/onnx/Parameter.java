package dev.millrace.trainer.onnx;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.millrace.trainer.onnx.operator.Tensor;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One float initializer of the graph, an autograd leaf if it trains.
 *
 * <p>Owned by the trainer thread; closed by its {@link ParameterStore}.
 */
public final class Parameter {
    private final String name;
    private final long[] shape;
    private final PtNDArray array;
    private final Tensor value;
    /** The array's own memory on CPU; on another device only the values it started with. */
    private final FloatBuffer memory;

    private final boolean trained;

    Parameter(NDManager manager, String name, long[] shape, ByteBuffer values, boolean trained) {
        this.name = name;
        this.shape = shape.clone();
        this.array = (PtNDArray) manager.create(values, new Shape(shape), DataType.FLOAT32);
        this.value = new Tensor(array);
        this.memory = values.asFloatBuffer();
        this.trained = trained;
        array.setName(name);
        if (trained) {
            array.setRequiresGradient(true);
        }
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
        return memory.capacity();
    }

    /** Returns the leaf. Not to be closed by the caller, and not to be changed in place while gradients are recorded. */
    public NDArray array() {
        return array;
    }

    /** Tells whether a backward pass gives it a gradient. */
    public boolean trained() {
        return trained;
    }

    /**
     * Returns the values, row-major. On CPU a live view: what is written is what the next run computes with. On another
     * device a copy. Position and limit are the caller's own.
     */
    public FloatBuffer values() {
        return onCpu() ? memory.duplicate() : floats(array);
    }

    /**
     * Returns the gradient accumulated since {@link #clearGradient}, row-major in the parameter's shape. On CPU a live
     * view of the engine's memory.
     *
     * @param step the view is valid until this manager is closed
     * @return null if no backward pass reached this parameter
     */
    public @Nullable FloatBuffer gradient(NDManager step) {
        PtNDArray gradient = JniUtils.getGradient(array);
        if (gradient == null) {
            return null;
        }
        gradient.attach(step);
        return floats(gradient);
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

    Tensor value() {
        return value;
    }

    void close() {
        array.close();
    }

    private boolean onCpu() {
        return !array.getDevice().isGpu();
    }

    private static FloatBuffer floats(NDArray array) {
        return array.toByteBuffer(true).asFloatBuffer();
    }
}
