package dev.millrace.trainer.onnx;

import java.util.List;

/** The graph cannot be trained. The message lists every problem: node, operator and reason. */
public final class UnsupportedGraphException extends Exception {
    private final List<String> problems;

    public UnsupportedGraphException(List<String> problems) {
        super("The ONNX graph cannot be run for training, " + problems.size() + " problem(s):\n  "
                + String.join("\n  ", problems));
        this.problems = List.copyOf(problems);
    }

    /** Returns one line per problem, in graph order. */
    public List<String> problems() {
        return problems;
    }
}
