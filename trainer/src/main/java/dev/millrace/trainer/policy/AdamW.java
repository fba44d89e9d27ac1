package dev.millrace.trainer.policy;

import java.nio.FloatBuffer;
import java.util.List;

/**
 * Adam with decoupled weight decay over float buffers: every element of weight, gradient and moments is touched once.
 *
 * <pre>{@code
 * g = scale * gradient        m = b1 m + (1 - b1) g        v = b2 v + (1 - b2) g^2
 * w = w (1 - rate * decay) - rate * (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon)
 * }</pre>
 *
 * <p>Source: Loshchilov and Hutter, arXiv 1711.05101. The optimizer itself holds nothing between steps: moments belong to
 * the caller and the bias correction comes from the step number, so weights, moments and step number are a complete
 * checkpoint. Elements do not depend on each other: the result has the same bits with any number of threads.
 *
 * <p>Owned by the trainer thread.
 */
public final class AdamW {
    /** Four arrays of this many elements fit into the first cache. */
    private static final int CHUNK = 1024;

    private final AdamWConfig config;
    private final Workers workers;

    /**
     * An optimizer without state.
     *
     * @param workers stay the caller's
     */
    AdamW(AdamWConfig config, Workers workers) {
        this.config = config;
        this.workers = workers;
    }

    /**
     * A trained parameter with its moments; all three buffers have equal length, are used from index 0 to their limit
     * and are changed in place. Direct buffers in native order are fastest.
     *
     * @param name for messages
     * @param values the weights
     * @param firstMoment {@code m}, zeros at first
     * @param secondMoment {@code v}, zeros at first
     * @param learningRate base rate of the parameter's group, 0 or more
     * @param weightDecay share of a weight taken off per step and unit of learning rate, in [0, 1]; usually 0.01 for
     *     matrices, 0 for biases and norms
     */
    public record Parameter(
            String name,
            FloatBuffer values,
            FloatBuffer firstMoment,
            FloatBuffer secondMoment,
            double learningRate,
            double weightDecay) {

        public Parameter {
            if (firstMoment.limit() != values.limit() || secondMoment.limit() != values.limit()) {
                throw new IllegalArgumentException("parameter " + name + " and its moments must have equal length, had "
                        + values.limit() + ", " + firstMoment.limit() + " and " + secondMoment.limit());
            }
            if (!(learningRate >= 0)) {
                throw new IllegalArgumentException(
                        "learning rate of " + name + " must be at least 0, was " + learningRate);
            }
            if (!(weightDecay >= 0 && weightDecay <= 1)) {
                throw new IllegalArgumentException(
                        "weight decay of " + name + " must be in [0, 1], was " + weightDecay);
            }
        }
    }

    /**
     * What all parameters of one update share.
     *
     * @param number of the update, from 1
     * @param rateFactor from {@link LearningRateSchedule#factor}
     * @param gradientScale from {@link GradientClip#scale}
     */
    public record Step(long number, double rateFactor, double gradientScale) {
        public Step {
            if (number < 1) {
                throw new IllegalArgumentException("step number must be at least 1, was " + number);
            }
        }

        /** What a moment that started at zero is divided by. */
        double correction(double beta) {
            return 1 - StrictMath.pow(beta, (double) number);
        }
    }

    /**
     * What one update does to one parameter.
     *
     * @param gradient as many elements from position to limit as the parameter has; not modified
     */
    public record Change(Parameter parameter, FloatBuffer gradient) {
        public Change {
            if (gradient.remaining() != parameter.values().limit()) {
                throw new IllegalArgumentException("gradient of " + parameter.name() + " must have "
                        + parameter.values().limit() + " elements, had " + gradient.remaining());
            }
        }
    }

    /** Updates parameters. Their gradients must be finite: ask {@link GradientClip#norm} first. */
    void update(List<Change> changes, Step step) {
        List<Constants> constants = changes.stream()
                .map(change -> Constants.of(config, change.parameter(), step))
                .toList();
        List<Slice> slices = Slice.of(changes.stream().map(Change::gradient).toList());
        workers.forEach(slices.size(), i -> {
            Slice slice = slices.get(i);
            update(changes.get(slice.tensor()), constants.get(slice.tensor()), slice);
        });
    }

    /** Copies through small arrays: the compiler vectorises loops over arrays, not over buffers. */
    private static void update(Change change, Constants constants, Slice slice) {
        Parameter parameter = change.parameter();
        FloatBuffer gradient = change.gradient();
        float[] w = new float[CHUNK];
        float[] g = new float[CHUNK];
        float[] m = new float[CHUNK];
        float[] v = new float[CHUNK];
        for (int at = slice.from(); at < slice.to(); at += CHUNK) {
            int length = Math.min(CHUNK, slice.to() - at);
            parameter.values().get(at, w, 0, length);
            gradient.get(gradient.position() + at, g, 0, length);
            parameter.firstMoment().get(at, m, 0, length);
            parameter.secondMoment().get(at, v, 0, length);
            constants.apply(w, g, m, v);
            parameter.values().put(at, w, 0, length);
            parameter.firstMoment().put(at, m, 0, length);
            parameter.secondMoment().put(at, v, 0, length);
        }
    }

    /** Everything that is the same for each element of a parameter. */
    private record Constants(
            float scale,
            float beta1,
            float gain1,
            float beta2,
            float gain2,
            float keep,
            float rate,
            float rootGain2,
            float epsilon) {

        static Constants of(AdamWConfig config, Parameter parameter, Step step) {
            double rate = parameter.learningRate() * step.rateFactor();
            double decay = parameter.weightDecay();
            double correction1 = step.correction(config.beta1());
            double correction2 = step.correction(config.beta2());
            return new Constants(
                    (float) step.gradientScale(),
                    (float) config.beta1(),
                    (float) (1 - config.beta1()),
                    (float) config.beta2(),
                    (float) (1 - config.beta2()),
                    (float) (1 - rate * decay),
                    (float) (rate / correction1),
                    (float) (1 / Math.sqrt(correction2)),
                    (float) config.epsilon());
        }

        /** Whole chunks always: what lies beyond the parameter's end is computed and dropped. */
        void apply(float[] w, float[] g, float[] m, float[] v) {
            for (int i = 0; i < CHUNK; i++) {
                float gradient = g[i] * scale;
                float first = beta1 * m[i] + gain1 * gradient;
                float second = beta2 * v[i] + gain2 * (gradient * gradient);
                float divisor = (float) Math.sqrt(second) * rootGain2 + epsilon;
                w[i] = w[i] * keep - rate * first / divisor;
                m[i] = first;
                v[i] = second;
            }
        }
    }
}
