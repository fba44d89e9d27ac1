package dev.millrace.trainer.policy;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Adam with decoupled weight decay over float buffers, one pass per parameter.
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
 * <p>Owned by the trainer thread, which also closes it.
 */
public final class AdamW implements AutoCloseable {
    private static final int CHUNK = 4096;
    /** Below this a second thread costs more than it saves. */
    private static final int MIN_ELEMENTS_PER_THREAD = 64 * 1024;

    private final AdamWConfig config;
    private final int threads;
    private final ExecutorService workers;

    /**
     * An optimizer without state.
     *
     * @param threads workers for large parameters, 1 or more; 1 starts none
     */
    public AdamW(AdamWConfig config, int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("adamW.threads must be at least 1, was " + threads);
        }
        this.config = config;
        this.threads = threads;
        this.workers = Executors.newFixedThreadPool(Math.max(1, threads - 1), task -> {
            Thread worker = new Thread(task, "adamw");
            worker.setDaemon(true);
            return worker;
        });
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
     * Updates one parameter. The gradient must be finite: ask {@link GradientClip#norm} first.
     *
     * @param gradient as many elements from position to limit as the parameter has; not modified
     */
    public void update(Parameter parameter, FloatBuffer gradient, Step step) {
        int length = parameter.values().limit();
        if (gradient.remaining() != length) {
            throw new IllegalArgumentException("gradient of " + parameter.name() + " must have " + length
                    + " elements, had " + gradient.remaining());
        }
        Constants constants = Constants.of(config, parameter, step);
        int parts = Math.max(1, Math.min(threads, length / MIN_ELEMENTS_PER_THREAD));
        List<Future<?>> others = new ArrayList<>();
        for (int part = 1; part < parts; part++) {
            int from = bound(length, part, parts);
            int to = bound(length, part + 1, parts);
            others.add(workers.submit(() -> updateRange(parameter, gradient, constants, from, to)));
        }
        updateRange(parameter, gradient, constants, 0, bound(length, 1, parts));
        others.forEach(AdamW::await);
    }

    @Override
    public void close() {
        workers.shutdown();
    }

    private static int bound(int length, int part, int parts) {
        return (int) ((long) length * part / parts);
    }

    private static void await(Future<?> part) {
        boolean interrupted = false;
        while (true) {
            try {
                part.get();
                break;
            } catch (InterruptedException e) {
                interrupted = true; // a half-updated parameter must not be seen: finish first
            } catch (ExecutionException e) {
                throw new IllegalStateException("AdamW worker failed", e.getCause());
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Copies through small arrays: the compiler vectorises loops over arrays, not over buffers. */
    private static void updateRange(Parameter parameter, FloatBuffer gradient, Constants constants, int from, int to) {
        float[] w = new float[CHUNK];
        float[] g = new float[CHUNK];
        float[] m = new float[CHUNK];
        float[] v = new float[CHUNK];
        for (int at = from; at < to; at += CHUNK) {
            int length = Math.min(CHUNK, to - at);
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
            float rootCorrection2,
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
                    (float) Math.sqrt(correction2),
                    (float) config.epsilon());
        }

        /** Whole chunks always: what lies beyond the parameter's end is computed and dropped. */
        void apply(float[] w, float[] g, float[] m, float[] v) {
            for (int i = 0; i < CHUNK; i++) {
                float gradient = g[i] * scale;
                float first = beta1 * m[i] + gain1 * gradient;
                float second = beta2 * v[i] + gain2 * (gradient * gradient);
                float divisor = (float) Math.sqrt(second) / rootCorrection2 + epsilon;
                w[i] = w[i] * keep - rate * first / divisor;
                m[i] = first;
                v[i] = second;
            }
        }
    }
}
