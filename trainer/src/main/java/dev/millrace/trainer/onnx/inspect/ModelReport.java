package dev.millrace.trainer.onnx.inspect;

import java.util.List;
import java.util.OptionalLong;

/**
 * What is known of a model file. Immutable.
 *
 * @param header who made it
 * @param inputs each as {@code name TYPE[extents]}
 * @param outputs likewise
 * @param operators in alphabetical order
 * @param selectors which weights were chosen, by pattern
 * @param groups what trains, in graph order
 * @param unreached weights that were chosen and that no gradient reaches
 * @param memory what training needs
 * @param problems what is in the way, one line each; empty if the model can be trained
 */
public record ModelReport(
        Header header,
        List<String> inputs,
        List<String> outputs,
        List<OperatorUse> operators,
        Selectors selectors,
        List<TrainedGroup> groups,
        List<String> unreached,
        MemoryNeed memory,
        List<String> problems) {
    public ModelReport {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        operators = List.copyOf(operators);
        groups = List.copyOf(groups);
        unreached = List.copyOf(unreached);
        problems = List.copyOf(problems);
    }

    /**
     * The file's own words.
     *
     * @param producer name and version of the exporter, empty if it does not say
     * @param opset version of ONNX's operator set; empty if it names none
     * @param nodes number of nodes
     */
    public record Header(String producer, OptionalLong opset, int nodes) {}

    /**
     * Patterns over node paths and weight names.
     *
     * @param train what trains
     * @param freeze what does not, although {@code train} names it
     * @param missed what would be frozen too, but the model has no such weight: a trainer refuses such a pattern
     */
    public record Selectors(List<String> train, List<String> freeze, List<String> missed) {
        public Selectors {
            train = List.copyOf(train);
            freeze = List.copyOf(freeze);
            missed = List.copyOf(missed);
        }
    }

    /** Tells whether nothing is in the way. */
    public boolean trainable() {
        return problems.isEmpty();
    }
}
