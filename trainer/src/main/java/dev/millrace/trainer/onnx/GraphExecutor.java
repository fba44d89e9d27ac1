package dev.millrace.trainer.onnx;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.onnx.proto.OnnxMl.ModelProto;
import dev.millrace.trainer.onnx.operator.Precision;
import java.util.Map;
import java.util.Set;

/**
 * A graph compiled for training: constants folded, shapes computed on the host, common chains of nodes fused, every value
 * in a numbered slot.
 *
 * <p>Owned by the trainer thread. Close it before its parameter store, or let the store close what it holds.
 */
public final class GraphExecutor implements AutoCloseable {
    private final ParameterStore parameters;
    private final NDManager constants;
    private final Program program;

    private GraphExecutor(ParameterStore parameters, NDManager constants, Program program) {
        this.parameters = parameters;
        this.constants = constants;
        this.program = program;
    }

    /**
     * Compiles a graph.
     *
     * @param parameters the float initializers of this model
     * @throws UnsupportedGraphException if it cannot be run, with every node that stands in the way
     */
    public static GraphExecutor compile(ModelProto model, ParameterStore parameters) throws UnsupportedGraphException {
        return compile(model, parameters, true);
    }

    /**
     * Compiles a graph node by node: what fusion gains is measured against this.
     *
     * @throws UnsupportedGraphException as {@link #compile}
     */
    public static GraphExecutor compileUnfused(ModelProto model, ParameterStore parameters)
            throws UnsupportedGraphException {
        return compile(model, parameters, false);
    }

    private static GraphExecutor compile(ModelProto model, ParameterStore parameters, boolean fused)
            throws UnsupportedGraphException {
        NDManager constants = parameters.manager().newSubManager();
        constants.setName("constants");
        try {
            Program program = new GraphCompiler(model, parameters, constants).compile(fused);
            return new GraphExecutor(parameters, constants, program);
        } catch (UnsupportedGraphException | RuntimeException e) {
            constants.close();
            throw e;
        }
    }

    /** Returns the names of the inputs that a run needs, in graph order. */
    public Set<String> inputs() {
        return program.inputs().keySet();
    }

    /** Returns the names of the values that a run can deliver, in graph order. */
    public Set<String> outputs() {
        return program.outputs().keySet();
    }

    /** Returns how many operators a full run executes. */
    public int size() {
        return program.instructions().length;
    }

    /**
     * Starts a run. Nothing is computed before the first {@link GraphRun#fetch}.
     *
     * @param step takes everything the run makes; closed by the caller after the backward pass
     * @param inputs exactly the arrays named by {@link #inputs}; they stay the caller's
     */
    public GraphRun begin(NDManager step, Map<String, NDArray> inputs) {
        return begin(step, inputs, Precision.FLOAT32);
    }

    /** As the other, with products of weights as exact as told. */
    public GraphRun begin(NDManager step, Map<String, NDArray> inputs, Precision precision) {
        if (!inputs.keySet().equals(program.inputs().keySet())) {
            throw new IllegalArgumentException(
                    "the graph needs the inputs " + program.inputs().keySet() + ", was given " + inputs.keySet());
        }
        return new GraphRun(program, parameters, new GraphRun.Setting(step, precision), inputs);
    }

    @Override
    public void close() {
        constants.close();
    }
}
