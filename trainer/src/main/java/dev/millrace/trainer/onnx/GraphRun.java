package dev.millrace.trainer.onnx;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.millrace.trainer.onnx.Program.Instruction;
import dev.millrace.trainer.onnx.Program.Output;
import dev.millrace.trainer.onnx.operator.HostTensor;
import dev.millrace.trainer.onnx.operator.Operands;
import dev.millrace.trainer.onnx.operator.Precision;
import dev.millrace.trainer.onnx.operator.Tensor;
import dev.millrace.trainer.onnx.operator.Value;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One evaluation of a graph on one batch, as far as it is asked for.
 *
 * <p>Each node runs at most once. A parameter is read when the first node that uses it runs, so a head that has grown
 * between two fetches is seen by the second. Owned by the trainer thread; ends with the step's manager.
 */
public final class GraphRun {
    private final Program program;
    private final ParameterStore parameters;
    private final NDManager step;
    private final Precision precision;
    private final @Nullable Value[] slots;
    private final int[] remainingReads;
    private final boolean[] done;

    GraphRun(Program program, ParameterStore parameters, Setting setting, Map<String, NDArray> inputs) {
        this.program = program;
        this.parameters = parameters;
        this.step = setting.step();
        this.precision = setting.precision();
        this.slots = program.initial().clone();
        this.remainingReads = program.reads().clone();
        this.done = new boolean[program.instructions().length];
        program.inputs().forEach((name, slot) -> slots[slot] = new Tensor(Objects.requireNonNull(inputs.get(name))));
    }

    /**
     * Where and how a run computes.
     *
     * @param step takes everything that it makes
     * @param precision of products with weights
     */
    record Setting(NDManager step, Precision precision) {}

    /**
     * Returns a graph output, computing what is still missing for it.
     *
     * @return an array of the step's manager; not to be closed while other outputs are still to be fetched
     * @throws IllegalArgumentException if the graph has no such output
     * @throws IllegalStateException if a node fails, naming the node and the shapes it was given
     */
    public NDArray fetch(String valueName) {
        Output output = program.outputs().get(valueName);
        if (output == null) {
            throw new IllegalArgumentException("the graph has no output \"" + valueName + "\", only "
                    + program.outputs().keySet());
        }
        for (int i : output.plan()) {
            if (!done[i]) {
                execute(program.instructions()[i]);
                done[i] = true;
            }
        }
        Value value = read(output.slot());
        if (value instanceof HostTensor host) {
            value = host.toTensor(step);
            slots[output.slot()] = value;
        }
        return new Operands(step, new Value[] {value}).array(0);
    }

    private void execute(Instruction instruction) {
        int[] operands = instruction.operands();
        @Nullable Value[] values = new Value[operands.length];
        for (int i = 0; i < operands.length; i++) {
            values[i] = operands[i] == Program.ABSENT ? null : read(operands[i]);
        }
        Operands in = new Operands(step, values, precision);
        Value[] results;
        try {
            results = instruction.operator().run(in);
        } catch (RuntimeException e) {
            throw new IllegalStateException(
                    instruction.description() + " failed on " + in.describe() + ": " + e.getMessage(), e);
        }
        for (int i = 0; i < results.length; i++) {
            keep(i < instruction.results().length ? instruction.results()[i] : Program.ABSENT, results[i]);
        }
        for (int slot : operands) {
            release(slot);
        }
    }

    private Value read(int slot) {
        Value value = slot < parameters.count() ? parameter(slot) : slots[slot];
        if (value == null) {
            throw new IllegalStateException("slot " + slot + " is read before it is written or after it was freed");
        }
        return value;
    }

    /** A parameter; one with an adapter becomes a value of this run at its first reader, which the others share. */
    private Value parameter(int slot) {
        Parameter parameter = parameters.at(slot);
        Adapter adapter = parameter.adapter();
        if (adapter == null) {
            return parameter.value();
        }
        Value adapted = slots[slot];
        if (adapted == null) {
            adapted = adapter.over(parameter.array());
            slots[slot] = adapted;
        }
        return adapted;
    }

    private void keep(int slot, Value value) {
        if (value instanceof Tensor tensor) {
            // The engine gives a result to the manager of the first operand, which may be a parameter's.
            if (tensor.array().getManager() != step) {
                tensor.array().attach(step);
            }
            if (slot == Program.ABSENT) {
                tensor.array().close();
            }
        }
        if (slot != Program.ABSENT) {
            slots[slot] = value;
        }
    }

    /** Closes a value after its last reader; autograd keeps what the backward pass needs. */
    private void release(int slot) {
        if (slot != Program.ABSENT && remainingReads[slot] > 0 && --remainingReads[slot] == 0) {
            if (slots[slot] instanceof Tensor tensor) {
                tensor.array().close();
            }
            slots[slot] = null;
        }
    }
}
