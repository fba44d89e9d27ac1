package dev.millrace.trainer.snapshot;

import dev.millrace.contract.SnapshotStore;
import dev.millrace.inference.encoder.EncoderGraph;
import dev.millrace.inference.encoder.OrtEncoder;
import dev.millrace.inference.encoder.Preprocessing;
import dev.millrace.inference.encoder.RefusedModelException;
import dev.millrace.schemas.SnapshotManifest;
import dev.millrace.schemas.TensorReference;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Stores a capture's blobs and writes its manifest. Frozen tensors, the tokenizer and the skeleton graph are stored once;
 * later versions only name them. Owned by the publishing thread.
 */
public final class SnapshotBuilder {
    private static final int ENCODER_THREADS = 1; // Leaves the other cores to training and serving.

    private final SnapshotStore store;
    private final EncoderGraph pooled;
    private final SnapshotRecipe recipe;
    private final Preprocessing preprocessing;
    private final Map<String, TensorReference> frozen = new HashMap<>();
    /** The base model's weights as far as they were needed; frozen ones are the learner's own memory. */
    private final Map<String, ByteBuffer> baseValues = new HashMap<>();

    private final Map<Integer, byte[]> skeletons = new HashMap<>();

    /**
     * @param pooled base graph with pooling, without head
     * @param preprocessing of its inputs; used, not owned
     */
    public SnapshotBuilder(
            SnapshotStore store, EncoderGraph pooled, Preprocessing preprocessing, SnapshotRecipe recipe) {
        this.store = store;
        this.pooled = pooled;
        this.preprocessing = preprocessing;
        this.recipe = recipe;
    }

    /** The graph without weights for this many classes. */
    public byte[] skeleton(int classes) {
        skeletons.keySet().removeIf(other -> other != classes); // The output set only grows: one is enough.
        return skeletons.computeIfAbsent(
                classes, n -> pooled.withCosineHead(n, recipe.headScale()).skeleton());
    }

    /** A serving session on the very bytes of a capture; closed by the caller. */
    public OrtEncoder open(SnapshotCapture capture) throws RefusedModelException {
        return OrtEncoder.open(
                skeleton(capture.outputSet().size()),
                weights(capture),
                shapes(capture),
                preprocessing,
                ENCODER_THREADS);
    }

    /** A serving session on a version that was published before; closed by the caller. */
    public OrtEncoder open(SnapshotManifest manifest) throws IOException, RefusedModelException {
        SnapshotWeights weights = SnapshotWeights.read(store, manifest);
        return OrtEncoder.open(weights.skeleton(), weights.values(), weights.shapes(), preprocessing, ENCODER_THREADS);
    }

    /** A serving session on the base model, without head; closed by the caller. */
    public OrtEncoder openBase() throws RefusedModelException {
        Map<String, ByteBuffer> weights = new LinkedHashMap<>();
        pooled.floatInitializers().keySet().forEach(name -> weights.put(name, baseValues(name)));
        return OrtEncoder.open(pooled.skeleton(), weights, pooled.floatInitializers(), preprocessing, ENCODER_THREADS);
    }

    /** Every weight of a capture by initializer name: captured values where trained, the base model's elsewhere. */
    private Map<String, ByteBuffer> weights(SnapshotCapture capture) {
        Map<String, ByteBuffer> weights = new LinkedHashMap<>();
        baseValues.putAll(capture.frozen());
        capture.tensors().forEach(tensor -> weights.put(tensor.name(), tensor.values()));
        for (String name : pooled.floatInitializers().keySet()) {
            weights.computeIfAbsent(name, this::baseValues);
        }
        return weights;
    }

    /** Shape of every weight of a capture by initializer name. */
    private Map<String, long[]> shapes(SnapshotCapture capture) {
        Map<String, long[]> shapes = new LinkedHashMap<>(pooled.floatInitializers());
        capture.tensors().forEach(tensor -> shapes.put(tensor.name(), tensor.shape()));
        return shapes;
    }

    /** Stores what is not stored yet and returns the manifest; when this returns every blob is durable. */
    public SnapshotManifest build(SnapshotCapture capture, long parent, Instant now) throws IOException {
        List<TensorReference> tensors = new ArrayList<>();
        baseValues.putAll(capture.frozen());
        Map<String, ByteBuffer> trained = new HashMap<>();
        capture.tensors().forEach(tensor -> trained.put(tensor.name(), tensor.values()));
        for (Map.Entry<String, long[]> initializer : shapes(capture).entrySet()) {
            ByteBuffer values = trained.get(initializer.getKey());
            tensors.add(
                    values == null
                            ? frozen(initializer.getKey(), initializer.getValue())
                            : stored(initializer.getKey(), initializer.getValue(), values));
        }
        String graph = store.put(ByteBuffer.wrap(skeleton(capture.outputSet().size())));
        SnapshotManifest.Builder manifest =
                manifest(capture, parent, now).setGraphSha256(graph).setTensors(tensors);
        new ManifestInputs(store).describe(preprocessing, manifest);
        return manifest.build();
    }

    private SnapshotManifest.Builder manifest(SnapshotCapture capture, long parent, Instant now) {
        SnapshotCapture.Progress progress = capture.progress();
        return SnapshotManifest.newBuilder()
                .setModel(recipe.model())
                .setVersion(capture.version())
                .setParent(parent)
                .setCreatedAt(now)
                .setBaseSha256(pooled.sha256())
                .setEmbeddingDimension(pooled.embeddingDimension())
                .setOutputSet(capture.outputSet())
                .setPreset(recipe.preset())
                .setConfigSha256(recipe.settings().sha256())
                .setSettings(recipe.settings().text())
                .setThreads(recipe.threads())
                .setCpu(recipe.cpu())
                .setDevice(recipe.device())
                .setSteps(progress.steps())
                .setSamples(progress.samples())
                .setNewestReceivedAt(progress.newestReceivedAt())
                .setSourceRanges(progress.sourceRanges())
                .setMetrics(capture.metrics())
                .setProbe(ManifestInputs.probe(capture.probe()));
    }

    /** Kept: a direct buffer made anew for each version would pile up until the next garbage collection. */
    private ByteBuffer baseValues(String name) {
        return baseValues.computeIfAbsent(name, pooled::weight);
    }

    private TensorReference frozen(String name, long[] shape) throws IOException {
        TensorReference known = frozen.get(name);
        if (known == null) {
            known = stored(name, shape, baseValues(name));
            frozen.put(name, known);
        }
        return known;
    }

    private TensorReference stored(String name, long[] shape, ByteBuffer values) throws IOException {
        List<Long> dimensions = new ArrayList<>(shape.length);
        for (long dimension : shape) {
            dimensions.add(dimension);
        }
        return new TensorReference(name, dimensions, store.put(values), (long) values.remaining());
    }
}
