package dev.millrace.trainer.onnx;

import dev.millrace.trainer.onnx.operator.Operator;
import dev.millrace.trainer.onnx.operator.Value;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A compiled graph. Values live in numbered slots: first the parameters in the order of their store, then everything
 * else. Immutable by agreement.
 *
 * @param instructions in topological order
 * @param initial by slot: constants; null everywhere else
 * @param reads by slot: how often instructions read it, if it may be freed afterwards; 0 if it must stay
 * @param inputs slot of each graph input that is read
 * @param outputs by name of the graph output
 */
record Program(
        Instruction[] instructions,
        @Nullable Value[] initial,
        int[] reads,
        Map<String, Integer> inputs,
        Map<String, Output> outputs) {
    /** Stands for an optional input that is left out. */
    static final int ABSENT = -1;

    /**
     * One node.
     *
     * @param description name and operator, for messages
     * @param operands slots read, or {@link #ABSENT}
     * @param results slots written, or {@link #ABSENT} for an output that nobody wants
     */
    record Instruction(String description, Operator operator, int[] operands, int[] results) {}

    /**
     * One graph output.
     *
     * @param slot where its value is found
     * @param plan instructions that it needs, in order
     */
    record Output(int slot, int[] plan) {}
}
