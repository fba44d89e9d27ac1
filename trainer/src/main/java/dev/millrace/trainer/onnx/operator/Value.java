package dev.millrace.trainer.onnx.operator;

/** One value of a running graph: an engine array, a matrix with an adapter, or integers kept on the host. */
public sealed interface Value permits Tensor, AdaptedMatrix, HostTensor {
    /** Returns the extents, outermost first; empty for a scalar. Not to be modified. */
    long[] shape();
}
