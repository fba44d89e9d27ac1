package dev.millrace.trainer.policy;

import ai.djl.ndarray.NDManager;
import dev.millrace.inference.encoder.EncoderGraph;
import dev.millrace.trainer.onnx.Parameter;
import dev.millrace.trainer.onnx.ParameterStore;
import dev.millrace.trainer.onnx.Placement;
import dev.millrace.trainer.policy.TensorMemory.Change;
import dev.millrace.trainer.policy.TensorMemory.Moments;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The optimizer with its state over the trained parameters of one store. Owned by the trainer thread.
 *
 * <p>With accumulation, gradients are summed until enough have come, then their mean makes one update. The sum is part of
 * the state: a checkpoint may fall between.
 *
 * @param <T> tensors of the memory it works on
 */
final class PolicyOptimizer<T> implements AutoCloseable {
    private final ParameterStore parameters;
    private final PolicyConfig config;
    private final TensorMemory<T> memory;
    private final GradientClip clip;
    private final Map<String, Pace> paces = new HashMap<>();
    private final Map<String, Moments<T>> moments = new LinkedHashMap<>();
    /** Empty without accumulation. */
    private final Map<String, T> sums = new LinkedHashMap<>();

    private long steps;
    private int gathered;

    private PolicyOptimizer(PolicyConfig config, TrainingPlan plan, ParameterStore parameters, TensorMemory<T> memory) {
        this.config = config;
        this.parameters = parameters;
        this.memory = memory;
        this.clip = new GradientClip(config.clipNorm());
        for (Parameter parameter : parameters.trained()) {
            moments.put(parameter.name(), new Moments<>(memory.zeros(parameter), memory.zeros(parameter)));
            if (config.accumulate() > 1) {
                sums.put(parameter.name(), memory.zeros(parameter));
            }
        }
        plan.full().forEach(name -> paces.put(name, plan.pace(name)));
        for (Parameter parameter : parameters.changing()) {
            if (parameter.adapter() != null) {
                paces.put(parameter.adapter().down().name(), plan.pace(parameter.name()));
                paces.put(parameter.adapter().up().name(), plan.pace(parameter.name()));
            }
        }
        paces.put(EncoderGraph.HEAD_WEIGHT, new Pace(config.headLearningRate(), 0));
    }

    /** An optimizer in the memory that the parameters are in. */
    static PolicyOptimizer<?> of(PolicyConfig config, TrainingPlan plan, ParameterStore parameters) {
        Placement placement = parameters.placement();
        return placement.shared()
                ? new PolicyOptimizer<>(config, plan, parameters, new SharedMemory(config.threads()))
                : new PolicyOptimizer<>(config, plan, parameters, new DeviceMemory(placement.device()));
    }

    /** Takes the gradients that the last backward pass left, and clears them. */
    Update apply(NDManager step) {
        Map<String, T> gradients = new LinkedHashMap<>();
        for (Parameter parameter : parameters.trained()) {
            T gradient = memory.gradient(parameter, step);
            if (gradient != null) {
                gradients.put(parameter.name(), gradient);
            }
        }
        double norm = memory.norm(gradients.values());
        Update update = Double.isFinite(norm) ? take(gradients, norm) : Update.refused();
        parameters.clearGradients();
        return update;
    }

    private Update take(Map<String, T> gradients, double norm) {
        if (config.accumulate() == 1) {
            update(gradients, clip.scale(norm));
            return new Update(Update.Outcome.APPLIED, norm);
        }
        gradients.forEach((name, gradient) -> memory.add(sum(name), gradient));
        gathered++;
        if (gathered < config.accumulate()) {
            return new Update(Update.Outcome.GATHERED, norm);
        }
        double meanNorm = memory.norm(sums.values()) / gathered;
        boolean finite = Double.isFinite(meanNorm);
        if (finite) {
            update(sums, clip.scale(meanNorm) / gathered);
        }
        sums.values().forEach(memory::clear);
        gathered = 0;
        return finite ? new Update(Update.Outcome.APPLIED, meanNorm) : Update.refused();
    }

    private void update(Map<String, T> gradients, double scale) {
        steps++;
        AdamW.Step step = new AdamW.Step(steps, config.schedule().factor(steps), scale);
        List<Change<T>> changes = new ArrayList<>();
        gradients.forEach((name, gradient) ->
                changes.add(new Change<>(parameters.get(name), moments(name), gradient, known(paces, name))));
        memory.update(changes, step);
    }

    private Moments<T> moments(String name) {
        return known(moments, name);
    }

    private T sum(String name) {
        return known(sums, name);
    }

    private static <V> V known(Map<String, V> values, String name) {
        V value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("\"" + name + "\" is not a trained parameter");
        }
        return value;
    }

    /**
     * Makes room for the moments of a head that has grown; the new rows start at zero.
     *
     * @param kept elements of the old head that keep their moments
     */
    void growHead(int kept) {
        Parameter head = parameters.get(EncoderGraph.HEAD_WEIGHT);
        Moments<T> old = moments(head.name());
        moments.put(
                head.name(),
                new Moments<>(memory.grown(old.first(), kept, head), memory.grown(old.second(), kept, head)));
        sums.computeIfPresent(head.name(), (name, sum) -> memory.grown(sum, kept, head));
    }

    List<TrainedTensor> tensors() {
        List<TrainedTensor> tensors = new ArrayList<>();
        for (Parameter parameter : parameters.trained()) {
            Moments<T> state = moments(parameter.name());
            tensors.add(new TrainedTensor(
                    parameter.name(),
                    parameter.shape(),
                    parameter.values(),
                    memory.read(state.first()),
                    memory.read(state.second()),
                    gathered == 0 ? null : memory.read(sum(parameter.name()))));
        }
        return tensors;
    }

    void restore(List<TrainedTensor> state, long stepsMade, int gradientsGathered) {
        List<Parameter> own = parameters.trained();
        if (own.size() != state.size()) {
            throw new IllegalArgumentException(
                    "the state has " + state.size() + " trained tensors, this model trains " + own.size());
        }
        sums.values().forEach(memory::clear);
        for (int i = 0; i < own.size(); i++) {
            Parameter target = own.get(i);
            TrainedTensor source = state.get(i);
            if (!target.name().equals(source.name()) || !Arrays.equals(target.shape(), source.shape())) {
                throw new IllegalArgumentException("trained tensor " + i + " is " + source.name() + " "
                        + Arrays.toString(source.shape()) + " in the state and " + target.name() + " "
                        + Arrays.toString(target.shape()) + " in this model");
            }
            target.write(source.values());
            memory.write(moments(target.name()).first(), source.first());
            memory.write(moments(target.name()).second(), source.second());
            FloatBuffer sum = source.gathered();
            if (sum != null) {
                memory.write(sum(target.name()), sum);
            }
        }
        this.steps = stepsMade;
        this.gathered = gradientsGathered;
    }

    long steps() {
        return steps;
    }

    /** Gradients that wait for an update. */
    int gathered() {
        return gathered;
    }

    @Override
    public void close() {
        memory.close();
    }
}
