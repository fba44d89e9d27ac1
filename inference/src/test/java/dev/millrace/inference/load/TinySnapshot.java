package dev.millrace.inference.load;

import dev.millrace.contract.SnapshotStore;
import dev.millrace.inference.encoder.EncoderGraph;
import dev.millrace.inference.encoder.EncoderInput;
import dev.millrace.inference.encoder.ModelConfig;
import dev.millrace.inference.encoder.OrtEncoder;
import dev.millrace.inference.encoder.Pooling;
import dev.millrace.inference.encoder.TextTokenizer;
import dev.millrace.inference.encoder.TinyEncoder;
import dev.millrace.schemas.GoldenProbe;
import dev.millrace.schemas.SnapshotInput;
import dev.millrace.schemas.SnapshotManifest;
import dev.millrace.schemas.TensorReference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

/** Makes correct snapshots of small encoders the way a trainer does: blobs into a store, and the manifest. */
public final class TinySnapshot {
    private static final List<String> PROBE = List.of("w1 w2 w3", "w4");

    private TinySnapshot() {}

    /** A snapshot whose weights depend on the version. */
    public static SnapshotManifest store(SnapshotStore store, long version, String... labels) throws Exception {
        EncoderGraph graph =
                TinyEncoder.graph(13).withPooling(Pooling.MEAN).withCosineHead(Math.max(1, labels.length), 10);
        if (labels.length == 0) {
            graph = TinyEncoder.graph(13).withPooling(Pooling.MEAN);
        }
        return store(store, graph, TinyEncoder.tokenizerJson(), version, List.of(labels));
    }

    /** A snapshot of this graph with every weight moved a little, by a random number seeded with the version. */
    public static SnapshotManifest store(
            SnapshotStore store, EncoderGraph graph, byte[] tokenizerJson, long version, List<String> labels)
            throws Exception {
        Random random = new Random(version);
        Map<String, ByteBuffer> weights = new LinkedHashMap<>();
        List<TensorReference> tensors = new ArrayList<>();
        for (Map.Entry<String, long[]> entry : graph.floatInitializers().entrySet()) {
            ByteBuffer weight = graph.weight(entry.getKey());
            for (int i = 0; i < weight.limit(); i += Float.BYTES) {
                weight.putFloat(i, weight.getFloat(i) + 0.01f * (float) random.nextGaussian());
            }
            weights.put(entry.getKey(), weight);
            List<Long> shape = IntStream.range(0, entry.getValue().length)
                    .mapToObj(i -> entry.getValue()[i])
                    .toList();
            tensors.add(new TensorReference(entry.getKey(), shape, store.put(weight), (long) weight.limit()));
        }
        return manifest(version, labels)
                .setInput(SnapshotInput.TEXT)
                .setBaseSha256(graph.sha256())
                .setGraphSha256(store.put(ByteBuffer.wrap(graph.skeleton())))
                .setTokenizerSha256(store.put(ByteBuffer.wrap(tokenizerJson)))
                .setTensors(tensors)
                .setEmbeddingDimension(graph.embeddingDimension())
                .setProbe(probe(graph, weights, tokenizerJson))
                .build();
    }

    /** A model of any kind with a head of random rows, seeded with the version. */
    public static EmbeddingModel withHead(ModelConfig config, long version, String... labels) throws Exception {
        EncoderGraph graph = config.openGraph().withCosineHead(labels.length, 10);
        Map<String, ByteBuffer> weights = new LinkedHashMap<>();
        graph.floatInitializers().keySet().forEach(name -> weights.put(name, graph.weight(name)));
        Random random = new Random(version);
        ByteBuffer head = graph.weight(EncoderGraph.HEAD_WEIGHT);
        for (int i = 0; i < head.limit(); i += Float.BYTES) {
            head.putFloat(i, (float) random.nextGaussian());
        }
        weights.put(EncoderGraph.HEAD_WEIGHT, head);
        return EncoderModel.open(version, List.of(labels), graph, weights, config.openPreprocessing(graph));
    }

    private static SnapshotManifest.Builder manifest(long version, List<String> labels) {
        return SnapshotManifest.newBuilder()
                .setModel("tiny")
                .setVersion(version)
                .setParent(0)
                .setCreatedAt(java.time.Instant.EPOCH)
                .setMaxTokens(32)
                .setOutputSet(labels)
                .setPreset("STABLE")
                .setConfigSha256("")
                .setThreads(1)
                .setCpu("test")
                .setSteps(version)
                .setSamples(version)
                .setNewestReceivedAt(java.time.Instant.EPOCH)
                .setSourceRanges(List.of())
                .setMetrics(Map.of());
    }

    private static GoldenProbe probe(EncoderGraph graph, Map<String, ByteBuffer> weights, byte[] tokenizerJson)
            throws Exception {
        try (TextTokenizer tokenizer = TextTokenizer.parse(tokenizerJson, 32, "tokenizer");
                OrtEncoder encoder =
                        OrtEncoder.open(graph.skeleton(), weights, graph.floatInitializers(), tokenizer, 1)) {
            float[][] embeddings = encoder.encode(EncoderInput.texts(PROBE)).embeddings();
            ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * PROBE.size() * graph.embeddingDimension())
                    .order(ByteOrder.LITTLE_ENDIAN);
            for (float[] embedding : embeddings) {
                for (float value : embedding) {
                    bytes.putFloat(value);
                }
            }
            return new GoldenProbe(PROBE, List.of(), List.of(), bytes.flip());
        }
    }
}
