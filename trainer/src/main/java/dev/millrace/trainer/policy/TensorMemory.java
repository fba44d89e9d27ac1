package dev.millrace.trainer.policy;

import ai.djl.ndarray.NDManager;
import dev.millrace.trainer.onnx.Parameter;
import java.nio.FloatBuffer;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an optimizer does with tensors, in one kind of memory: buffers that Java and engine share, or arrays of a device.
 * Owned by the trainer thread.
 *
 * @param <T> a tensor outside of the graph: a moment, a gradient, a sum of gradients
 */
interface TensorMemory<T> extends AutoCloseable {

    /** Zeros of the parameter's shape; freed by {@link #release}. */
    T zeros(Parameter parameter);

    /** Zeros of the parameter's shape with the first {@code kept} elements of {@code old}, which is released. */
    T grown(T old, int kept, Parameter parameter);

    void release(T tensor);

    /** What backward passes left since the last clearing, valid until {@code step} is closed; null if nothing. */
    @Nullable
    T gradient(Parameter parameter, NDManager step);

    /** L2 norm of all gradients as one vector; not finite if one of them is not. */
    double norm(Collection<T> gradients);

    /** Adds the gradient to the sum. */
    void add(T sum, T gradient);

    void clear(T sum);

    /** One AdamW update of parameters and their moments. */
    void update(List<Change<T>> changes, AdamW.Step step);

    /** The elements from 0 to the limit; may be a view that follows the tensor, or a copy. */
    FloatBuffer read(T tensor);

    void write(T tensor, FloatBuffer values);

    @Override
    void close();

    /** Both moments of one parameter. */
    record Moments<T>(T first, T second) {}

    /**
     * What one update does to one parameter.
     *
     * @param gradient finite; not modified
     */
    record Change<T>(Parameter parameter, Moments<T> moments, T gradient, Pace pace) {}
}
