package dev.millrace.bench;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import dev.millrace.inference.encoder.EncoderGraph;
import dev.millrace.inference.encoder.TokenBatch;
import dev.millrace.trainer.learn.PreparedBatch;
import dev.millrace.trainer.learn.SampleRows;
import dev.millrace.trainer.onnx.GraphExecutor;
import dev.millrace.trainer.onnx.GraphRun;
import dev.millrace.trainer.onnx.Parameter;
import dev.millrace.trainer.onnx.ParameterStore;
import dev.millrace.trainer.onnx.TrainSelector;
import dev.millrace.trainer.onnx.UnsupportedGraphException;
import dev.millrace.trainer.policy.PolicyConfig;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * The training step as one would write it first: the graph node by node, cross-entropy and AdamW of DJL. The same encoder,
 * head and trained weights as in ours. Owned by one thread, which closes it.
 */
final class PlainStep implements AutoCloseable {
    private final NDManager manager = NDManager.newBaseManager(Device.cpu());
    private final ParameterStore parameters;
    private final GraphExecutor executor;
    private final EncoderGraph graph;
    private final Optimizer optimizer;
    private final int classes;

    PlainStep(EncoderGraph pooled, PolicyConfig config, int classes) throws UnsupportedGraphException {
        this.classes = classes;
        this.graph = pooled.withCosineHead(classes, config.headScale());
        Set<String> trained = new HashSet<>(TrainSelector.select(pooled.proto(), config.train(), config.freeze()));
        trained.add(EncoderGraph.HEAD_WEIGHT);
        this.parameters = ParameterStore.of(graph.proto(), trained, Device.cpu());
        Random random = new Random(1);
        FloatBuffer head = FloatBuffer.allocate(classes * pooled.embeddingDimension());
        while (head.hasRemaining()) {
            head.put((float) random.nextGaussian());
        }
        parameters.replace(
                EncoderGraph.HEAD_WEIGHT, new long[] {classes, pooled.embeddingDimension()}, head.flip(), true);
        this.executor = GraphExecutor.compileUnfused(graph.proto(), parameters);
        this.optimizer = Optimizer.adamW()
                .optLearningRateTracker(Tracker.fixed((float) config.encoderLearningRate()))
                .optClipGrad((float) config.clipNorm())
                .build();
    }

    /** The classes are taken in turns: what they are changes nothing of the time. */
    void apply(PreparedBatch batch) {
        TokenBatch tokens = (TokenBatch) SampleRows.join(batch.samples());
        int[] labels = new int[batch.samples().size()];
        Arrays.setAll(labels, row -> row % classes);
        try (NDManager step = manager.newSubManager()) {
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                GraphRun run = executor.begin(step, inputs(step, tokens));
                NDArray logits = run.fetch(EncoderGraph.LOGITS);
                NDArray loss =
                        Loss.softmaxCrossEntropyLoss().evaluate(new NDList(step.create(labels)), new NDList(logits));
                collector.backward(loss);
            }
            for (Parameter parameter : parameters.trained()) {
                NDArray gradient = parameter.array().getGradient();
                gradient.attach(step);
                optimizer.update(parameter.name(), parameter.array(), gradient);
            }
            parameters.clearGradients();
        }
    }

    private Map<String, NDArray> inputs(NDManager step, TokenBatch tokens) {
        Shape shape = new Shape(tokens.rows(), tokens.columns());
        Map<String, NDArray> inputs = new HashMap<>();
        for (String name : graph.inputNames()) {
            long[] values = switch (name) {
                case "input_ids" -> tokens.inputIds();
                case "attention_mask" -> tokens.attentionMask();
                default -> tokens.tokenTypeIds();
            };
            inputs.put(name, step.create(values, shape));
        }
        return inputs;
    }

    @Override
    public void close() {
        executor.close();
        parameters.close();
        manager.close();
    }
}
