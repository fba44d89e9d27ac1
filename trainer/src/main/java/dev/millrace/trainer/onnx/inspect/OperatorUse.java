package dev.millrace.trainer.onnx.inspect;

import dev.millrace.trainer.onnx.operator.OperatorRegistry;
import java.util.List;

/**
 * How often a graph uses an operator, and whether it can be trained through.
 *
 * @param name operator, with its domain if that is not ONNX's own
 * @param count nodes
 * @param refusals one line a node that cannot be run, with the reason
 */
public record OperatorUse(String name, int count, List<String> refusals) {
    public OperatorUse {
        refusals = List.copyOf(refusals);
    }

    /** Says in a word what training does with it. */
    public String coverage() {
        if (!refusals.isEmpty()) {
            return refusals.size() == count ? "refused" : "refused in " + refusals.size() + " nodes";
        }
        return OperatorRegistry.hasGradient(name) ? "trains" : "runs, no gradient";
    }
}
