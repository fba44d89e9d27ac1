package dev.millrace.trainer.policy;

import ai.onnx.proto.OnnxMl.ModelProto;
import dev.millrace.contract.StartupException;
import dev.millrace.trainer.onnx.GraphWeights;
import dev.millrace.trainer.onnx.LayerDepths;
import dev.millrace.trainer.onnx.TrainSelector;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the settings mean for the weights of one graph: which train, by themselves or by an adapter, and how fast. Immutable. */
public final class TrainingPlan {
    private final Set<String> full;
    private final Set<String> adapted;
    private final Map<String, Pace> paces = new HashMap<>();

    private TrainingPlan(Set<String> full, Set<String> adapted) {
        this.full = full;
        this.adapted = adapted;
    }

    /**
     * Applies the settings to a graph.
     *
     * @param model encoder without head
     * @throws StartupException when a pattern is malformed or stands for no weight, with the nearest names
     */
    public static TrainingPlan of(ModelProto model, PolicyConfig config) {
        GraphWeights weights = GraphWeights.of(model);
        Set<String> chosen = TrainSelector.select(weights, config.train(), config.freeze());
        LoraConfig lora = config.lora();
        TrainingPlan plan = lora.enabled()
                ? new TrainingPlan(
                        only(chosen, matching(weights, lora.full(), "policy.lora.full")),
                        adapted(weights, chosen, lora))
                : new TrainingPlan(chosen, Set.of());
        plan.full.removeAll(plan.adapted);
        plan.setPaces(weights, config);
        return plan;
    }

    private static Set<String> adapted(GraphWeights weights, Set<String> chosen, LoraConfig lora) {
        Set<String> matrices = only(chosen, weights.matrices());
        Set<String> adapted = only(matrices, matching(weights, lora.targets(), "policy.lora.targets"));
        if (adapted.isEmpty()) {
            throw new StartupException(
                    "policy.lora.targets " + lora.targets() + " stand for no matrix that may train: of"
                            + " the weights that policy.train and policy.freeze leave, " + matrices.size()
                            + " are matrices of a MatMul or Gemm"
                            + matrices.stream()
                                    .findFirst()
                                    .map(name -> ", such as \"" + name + "\"")
                                    .orElse(""));
        }
        return adapted;
    }

    private static Set<String> matching(GraphWeights weights, List<String> patterns, String list) {
        Set<String> found = new HashSet<>();
        patterns.forEach(pattern -> found.addAll(weights.matching(pattern, list)));
        return found;
    }

    private static Set<String> only(Set<String> ordered, Set<String> allowed) {
        Set<String> kept = new LinkedHashSet<>(ordered);
        kept.retainAll(allowed);
        return kept;
    }

    private void setPaces(GraphWeights weights, PolicyConfig config) {
        LayerDepths depths = LayerDepths.of(weights);
        if (config.layerDecay() < 1 && depths.layers() == 0) {
            throw new StartupException("policy.layerDecay is " + config.layerDecay() + ", but no node path of the graph"
                    + " names a layer as layer.N, layers.N, blocks.N or h.N. Set it to 1 and use policy.groups");
        }
        Set<String> undecayed = matching(weights, config.noDecay(), "policy.noDecay");
        for (String name : trained()) {
            double rate = config.encoderLearningRate() * StrictMath.pow(config.layerDecay(), depths.above(name));
            boolean decays = weights.shape(name).length > 1 && !undecayed.contains(name);
            paces.put(name, new Pace(rate, decays ? config.weightDecay() : 0));
        }
        Set<String> grouped = new HashSet<>();
        for (int i = 0; i < config.groups().size(); i++) {
            RateGroup group = config.groups().get(i);
            for (String name : members(weights, group, "policy.groups[" + i + "].match")) {
                if (grouped.add(name)) {
                    paces.computeIfPresent(name, (key, pace) -> paced(group, pace));
                }
            }
        }
    }

    private Set<String> members(GraphWeights weights, RateGroup group, String list) {
        Set<String> members = new HashSet<>();
        for (String pattern : group.match()) {
            Set<String> found = new HashSet<>(weights.matching(pattern, list));
            found.retainAll(trained());
            if (found.isEmpty()) {
                throw new StartupException(
                        list + ": the pattern \"" + pattern + "\" stands for weights that do not train");
            }
            members.addAll(found);
        }
        return members;
    }

    private static Pace paced(RateGroup group, Pace pace) {
        double rate = group.rate() != null
                ? group.rate()
                : group.rateFactor() != null ? pace.rate() * group.rateFactor() : pace.rate();
        return new Pace(rate, group.weightDecay() != null ? group.weightDecay() : pace.decay());
    }

    private Set<String> trained() {
        Set<String> trained = new HashSet<>(full);
        trained.addAll(adapted);
        return trained;
    }

    /** Initializers that train in full; the head is not among them. */
    public Set<String> full() {
        return Set.copyOf(full);
    }

    /** Matrices that train by an adapter, in graph order. */
    public List<String> adapted() {
        return List.copyOf(adapted);
    }

    /** How fast a weight of either kind moves. */
    Pace pace(String weight) {
        Pace pace = paces.get(weight);
        if (pace == null) {
            throw new IllegalArgumentException("\"" + weight + "\" does not train");
        }
        return pace;
    }
}
