package dev.millrace.trainer.onnx;

import ai.onnx.proto.OnnxMl.ModelProto;
import dev.millrace.contract.StartupException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Chooses the weights that train, by the patterns of {@link GraphWeights}. Stateless. */
public final class TrainSelector {
    private TrainSelector() {}

    /**
     * Returns the names of the initializers that train, in graph order.
     *
     * @param train what trains; empty means nothing
     * @param freeze what does not, although {@code train} names it
     * @throws StartupException if a pattern is malformed or stands for no weight
     */
    public static Set<String> select(ModelProto model, List<String> train, List<String> freeze) {
        return select(GraphWeights.of(model), train, freeze);
    }

    /**
     * Returns the names of the weights that train, in graph order.
     *
     * @throws StartupException as the other
     */
    public static Set<String> select(GraphWeights weights, List<String> train, List<String> freeze) {
        Set<String> chosen = new LinkedHashSet<>();
        train.forEach(pattern -> chosen.addAll(weights.matching(pattern, "train")));
        freeze.forEach(pattern -> chosen.removeAll(weights.matching(pattern, "freeze")));
        Set<String> ordered = new LinkedHashSet<>(weights.names());
        ordered.retainAll(chosen);
        return ordered;
    }
}
