package dev.millrace.trainer.policy;

import ai.djl.ndarray.NDManager;
import dev.millrace.inference.encoder.EncoderGraph;
import dev.millrace.trainer.onnx.Parameter;
import dev.millrace.trainer.onnx.ParameterStore;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The optimizer with its state over the trained parameters of one store. Owned by the trainer thread. */
final class PolicyOptimizer implements AutoCloseable {
    private static final double BETA_1 = 0.9;
    private static final double BETA_2 = 0.999;
    private static final double EPSILON = 1e-8;

    private final ParameterStore parameters;
    private final PolicyConfig config;
    private final AdamW adamW;
    private final GradientClip clip;
    private final LearningRateSchedule schedule;
    private final Map<String, Moments> moments = new LinkedHashMap<>();
    private long steps;

    private record Moments(FloatBuffer first, FloatBuffer second) {
        static Moments zero(int elements) {
            return new Moments(direct(elements), direct(elements));
        }

        private static FloatBuffer direct(int elements) {
            return ByteBuffer.allocateDirect(elements * Float.BYTES)
                    .order(ByteOrder.nativeOrder())
                    .asFloatBuffer();
        }
    }

    PolicyOptimizer(PolicyConfig config, ParameterStore parameters) {
        this.config = config;
        this.parameters = parameters;
        this.adamW = new AdamW(new AdamWConfig(BETA_1, BETA_2, EPSILON, config.weightDecay()), config.threads());
        this.clip = new GradientClip(config.clipNorm());
        this.schedule = new LearningRateSchedule(config.warmupSteps());
        parameters
                .trained()
                .forEach(parameter -> moments.put(
                        parameter.name(), Moments.zero(parameter.values().limit())));
    }

    /** Applies the gradients that the last backward pass left, and clears them. */
    Update apply(NDManager step) {
        Map<String, FloatBuffer> gradients = new LinkedHashMap<>();
        for (Parameter parameter : parameters.trained()) {
            FloatBuffer gradient = parameter.gradient(step);
            if (gradient != null) {
                gradients.put(parameter.name(), gradient);
            }
        }
        GradientClip.Outcome outcome = clip.measure(gradients);
        if (outcome instanceof GradientClip.Accepted accepted) {
            steps++;
            AdamW.Step update = new AdamW.Step(steps, schedule.factor(steps), accepted.scale());
            gradients.forEach((name, gradient) -> adamW.update(view(parameters.get(name)), gradient, update));
        }
        parameters.clearGradients();
        return outcome instanceof GradientClip.Accepted accepted
                ? new Update(true, accepted.norm())
                : new Update(false, Double.NaN);
    }

    private AdamW.Parameter view(Parameter parameter) {
        boolean head = parameter.name().equals(EncoderGraph.HEAD_WEIGHT);
        Moments state = moments(parameter.name());
        return new AdamW.Parameter(
                parameter.name(),
                parameter.values(),
                state.first(),
                state.second(),
                head ? config.headLearningRate() : config.encoderLearningRate(),
                !head && parameter.shape().length > 1);
    }

    private Moments moments(String name) {
        Moments state = moments.get(name);
        if (state == null) {
            throw new IllegalArgumentException("\"" + name + "\" is not a trained parameter");
        }
        return state;
    }

    /**
     * Makes room for the moments of a head that has grown; the new rows start at zero.
     *
     * @param kept elements of the old head that keep their moments
     */
    void growHead(int kept) {
        Parameter head = parameters.get(EncoderGraph.HEAD_WEIGHT);
        Moments old = moments(head.name());
        Moments grown = Moments.zero(head.values().limit());
        grown.first().put(0, old.first(), 0, kept);
        grown.second().put(0, old.second(), 0, kept);
        moments.put(head.name(), grown);
    }

    List<TrainedTensor> tensors() {
        List<TrainedTensor> tensors = new ArrayList<>();
        for (Parameter parameter : parameters.trained()) {
            Moments state = moments(parameter.name());
            tensors.add(new TrainedTensor(
                    parameter.name(), parameter.shape(), parameter.values(), state.first(), state.second()));
        }
        return tensors;
    }

    void restore(List<TrainedTensor> state, long steps) {
        List<TrainedTensor> own = tensors();
        if (own.size() != state.size()) {
            throw new IllegalArgumentException(
                    "the state has " + state.size() + " trained tensors, this model trains " + own.size());
        }
        for (int i = 0; i < own.size(); i++) {
            TrainedTensor target = own.get(i);
            TrainedTensor source = state.get(i);
            if (!target.name().equals(source.name()) || !Arrays.equals(target.shape(), source.shape())) {
                throw new IllegalArgumentException("trained tensor " + i + " is " + source.name() + " "
                        + Arrays.toString(source.shape()) + " in the state and " + target.name() + " "
                        + Arrays.toString(target.shape()) + " in this model");
            }
            copy(source.values(), target.values());
            copy(source.first(), target.first());
            copy(source.second(), target.second());
        }
        this.steps = steps;
    }

    private static void copy(FloatBuffer from, FloatBuffer to) {
        to.put(0, from, from.position(), from.remaining());
    }

    long steps() {
        return steps;
    }

    @Override
    public void close() {
        adamW.close();
    }
}
