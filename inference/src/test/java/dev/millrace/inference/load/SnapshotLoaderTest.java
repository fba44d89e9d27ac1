package dev.millrace.inference.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.FileSnapshotStore;
import dev.millrace.contract.Sha256;
import dev.millrace.contract.SnapshotStore;
import dev.millrace.inference.encoder.Encoded;
import dev.millrace.inference.encoder.Pooling;
import dev.millrace.inference.encoder.TinyEncoder;
import dev.millrace.schemas.GoldenProbe;
import dev.millrace.schemas.SnapshotManifest;
import dev.millrace.schemas.SwapOutcome;
import dev.millrace.schemas.TensorReference;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SnapshotLoaderTest {
    @TempDir
    Path directory;

    @Test
    void loadsWhatATrainerStored() throws Exception {
        SnapshotStore store = new FileSnapshotStore(directory);
        SnapshotManifest manifest = TinySnapshot.store(store, 7, "cat", "dog", "eel");

        LoadResult result = new SnapshotLoader(store).load(manifest);

        assertThat(result).isInstanceOf(LoadResult.Loaded.class);
        try (EmbeddingModel model = ((LoadResult.Loaded) result).model()) {
            Encoded encoded = model.encode(List.of("w0 w5"));
            assertThat(model.version()).isEqualTo(7);
            assertThat(model.labels()).containsExactly("cat", "dog", "eel");
            assertThat(model.dimension()).isEqualTo(TinyEncoder.DIMENSION);
            assertThat(encoded.embeddings()[0]).hasSize(TinyEncoder.DIMENSION);
            assertThat(encoded.probabilities()[0]).hasSize(3);
        }
    }

    @Test
    void loadsASnapshotWithoutAHead() throws Exception {
        SnapshotStore store = new FileSnapshotStore(directory);

        LoadResult result = new SnapshotLoader(store).load(TinySnapshot.store(store, 7));

        try (EmbeddingModel model = ((LoadResult.Loaded) result).model()) {
            assertThat(model.labels()).isEmpty();
            assertThat(model.encode(List.of("w0")).probabilities()[0]).isEmpty();
        }
    }

    @Test
    void oneLoadDoesNotDisturbTheModelBefore() throws Exception {
        SnapshotStore store = new FileSnapshotStore(directory);
        SnapshotLoader loader = new SnapshotLoader(store);
        try (EmbeddingModel first = ((LoadResult.Loaded) loader.load(TinySnapshot.store(store, 1))).model()) {
            float[] before = first.encode(List.of("w0 w5")).embeddings()[0];
            try (EmbeddingModel second = ((LoadResult.Loaded) loader.load(TinySnapshot.store(store, 2))).model()) {
                assertThat(first.encode(List.of("w0 w5")).embeddings()[0]).containsExactly(before);
                assertThat(second.encode(List.of("w0 w5")).embeddings()[0]).isNotEqualTo(before);
            }
        }
    }

    /** Ways to spoil a correct snapshot. */
    private interface Damage {
        void apply(SnapshotManifest manifest, Path directory, SnapshotStore store) throws Exception;
    }

    static Stream<Arguments> damages() {
        return Stream.of(
                spoilt(
                        "graph missing",
                        SwapOutcome.BLOB_MISSING,
                        "graph",
                        (m, d, s) -> Files.delete(file(d, m.getGraphSha256()))),
                spoilt(
                        "tokenizer missing",
                        SwapOutcome.BLOB_MISSING,
                        "tokenizer",
                        (m, d, s) -> Files.delete(file(d, m.getTokenizerSha256()))),
                spoilt(
                        "weight missing",
                        SwapOutcome.BLOB_MISSING,
                        "weight bias",
                        (m, d, s) -> Files.delete(file(d, tensor(m, "bias").getSha256()))),
                spoilt(
                        "byte flipped",
                        SwapOutcome.HASH_MISMATCH,
                        "damaged",
                        (m, d, s) -> flip(file(d, tensor(m, "words").getSha256()))),
                spoilt(
                        "graph flipped",
                        SwapOutcome.HASH_MISMATCH,
                        "damaged",
                        (m, d, s) -> flip(file(d, m.getGraphSha256()))),
                spoilt(
                        "blob cut",
                        SwapOutcome.HASH_MISMATCH,
                        "bytes",
                        (m, d, s) -> cut(file(d, tensor(m, "words").getSha256()))),
                spoilt(
                        "blob empty",
                        SwapOutcome.HASH_MISMATCH,
                        "bytes",
                        (m, d, s) -> Files.write(file(d, tensor(m, "words").getSha256()), new byte[0])),
                spoilt(
                        "other weights than the probe",
                        SwapOutcome.PROBE_MISMATCH,
                        "differ",
                        (m, d, s) -> put(m, s, "words", 0.5f)),
                spoilt(
                        "weights not a number",
                        SwapOutcome.PROBE_MISMATCH,
                        "Infinity",
                        (m, d, s) -> put(m, s, "words", Float.NaN)),
                spoilt(
                        "head not a number",
                        SwapOutcome.PROBE_MISMATCH,
                        "Infinity",
                        (m, d, s) -> put(m, s, "millrace.head.weight", Float.NaN)),
                spoilt(
                        "no probe",
                        SwapOutcome.PROBE_MISMATCH,
                        "0 texts",
                        (m, d, s) -> m.setProbe(new GoldenProbe(List.of(), ByteBuffer.allocate(0)))),
                spoilt(
                        "probe cut",
                        SwapOutcome.PROBE_MISMATCH,
                        "2 texts and 1 numbers",
                        (m, d, s) -> m.getProbe().setEmbeddings(ByteBuffer.allocate(4))),
                spoilt(
                        "graph is no graph",
                        SwapOutcome.UNSUPPORTED_GRAPH,
                        "no ONNX",
                        (m, d, s) -> m.setGraphSha256(text(s, "hello"))),
                spoilt(
                        "graph with weights",
                        SwapOutcome.UNSUPPORTED_GRAPH,
                        "skeleton",
                        (m, d, s) -> m.setGraphSha256(s.put(ByteBuffer.wrap(
                                TinyEncoder.graph(13).withPooling(Pooling.MEAN).withWeights(java.util.Map.of()))))),
                spoilt(
                        "graph without pooling",
                        SwapOutcome.UNSUPPORTED_GRAPH,
                        "millrace.embedding",
                        (m, d, s) -> m.setGraphSha256(
                                s.put(ByteBuffer.wrap(TinyEncoder.graph(13).skeleton())))),
                spoilt(
                        "weight left out",
                        SwapOutcome.UNSUPPORTED_GRAPH,
                        "weight words is [16, 4] in the graph and null",
                        (m, d, s) -> m.getTensors().remove(0)),
                spoilt(
                        "weight too many",
                        SwapOutcome.UNSUPPORTED_GRAPH,
                        "no weight other",
                        (m, d, s) -> m.getTensors()
                                .add(new TensorReference(
                                        "other", List.of(4L), tensor(m, "bias").getSha256(), 16L))),
                spoilt(
                        "shape turned",
                        SwapOutcome.UNSUPPORTED_GRAPH,
                        "[4, 16] in the manifest",
                        (m, d, s) -> tensor(m, "words").setShape(List.of(4L, 16L))),
                spoilt(
                        "length and shape differ",
                        SwapOutcome.UNSUPPORTED_GRAPH,
                        "is said to have 7 bytes",
                        (m, d, s) -> tensor(m, "words").setBytes(7)),
                spoilt(
                        "negative shape",
                        SwapOutcome.UNSUPPORTED_GRAPH,
                        "is said to have",
                        (m, d, s) -> tensor(m, "words").setShape(List.of(-16L, -4L))),
                spoilt(
                        "huge shape",
                        SwapOutcome.UNSUPPORTED_GRAPH,
                        "is said to have",
                        (m, d, s) -> tensor(m, "words").setShape(List.of(1L << 40, 1L << 40))),
                spoilt("huge weights", SwapOutcome.UNSUPPORTED_GRAPH, "allowed are", (m, d, s) -> {
                    m.getTensors()
                            .set(0, new TensorReference("words", List.of(1L << 29), m.getGraphSha256(), 1L << 31));
                    m.getTensors().set(1, new TensorReference("bias", List.of(1L << 29), m.getGraphSha256(), 1L << 31));
                }),
                spoilt(
                        "other dimension",
                        SwapOutcome.UNSUPPORTED_GRAPH,
                        "length 4 in the graph and 5",
                        (m, d, s) -> m.setEmbeddingDimension(5)),
                spoilt(
                        "label too many",
                        SwapOutcome.UNSUPPORTED_GRAPH,
                        "2 classes and the manifest 3 labels",
                        (m, d, s) -> m.setOutputSet(List.of("a", "b", "c"))),
                spoilt(
                        "no tokenizer",
                        SwapOutcome.UNSUPPORTED_GRAPH,
                        "names no tokenizer",
                        (m, d, s) -> m.setTokenizerSha256(null)),
                spoilt(
                        "tokenizer is none",
                        SwapOutcome.LOAD_FAILED,
                        "no tokenizer.json",
                        (m, d, s) -> m.setTokenizerSha256(text(s, "hello"))),
                spoilt(
                        "tokenizer of another model",
                        SwapOutcome.UNSUPPORTED_GRAPH,
                        "token ids up to 99",
                        (m, d, s) -> m.setTokenizerSha256(text(
                                s,
                                new String(TinyEncoder.tokenizerJson(), StandardCharsets.UTF_8)
                                        .replace("\"w0\":4", "\"w0\":99")))),
                spoilt("no tokens allowed", SwapOutcome.LOAD_FAILED, "maxTokens", (m, d, s) -> m.setMaxTokens(0)),
                spoilt(
                        "address that leads elsewhere",
                        SwapOutcome.LOAD_FAILED,
                        "64 hexadecimal digits",
                        (m, d, s) -> m.setGraphSha256("../../../../etc/passwd")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("damages")
    void refusesASpoiltSnapshot(String kind, SwapOutcome outcome, String detail, Damage damage) throws Exception {
        SnapshotStore store = new FileSnapshotStore(directory);
        SnapshotManifest manifest = TinySnapshot.store(store, 7, "cat", "dog");
        manifest.setTensors(new ArrayList<>(manifest.getTensors()));
        damage.apply(manifest, directory, store);

        LoadResult result = new SnapshotLoader(store).load(manifest);

        assertThat(result).as(kind).isInstanceOf(LoadResult.Refused.class);
        LoadResult.Refused refused = (LoadResult.Refused) result;
        assertThat(refused.outcome()).as(refused.detail()).isEqualTo(outcome);
        assertThat(refused.detail()).contains(detail);
        assertThat(refused.isWorthRetrying()).isEqualTo(outcome == SwapOutcome.BLOB_MISSING);
    }

    @Test
    void aStoreThatCannotBeReadIsWorthRetrying() throws Exception {
        SnapshotManifest manifest = TinySnapshot.store(new FileSnapshotStore(directory), 7, "cat");
        SnapshotStore broken = new SnapshotStore() {
            @Override
            public boolean contains(String sha256) {
                return true;
            }

            @Override
            public String put(ByteBuffer bytes) {
                return Sha256.of(bytes);
            }

            @Override
            public Optional<ByteBuffer> get(String sha256) throws IOException {
                throw new IOException("stale file handle");
            }

            @Override
            public int retainOnly(Set<String> keep, long olderThanMillis) {
                return 0;
            }
        };

        LoadResult.Refused refused = (LoadResult.Refused) new SnapshotLoader(broken).load(manifest);

        assertThat(refused.isWorthRetrying()).isTrue();
        assertThat(refused.detail()).contains("stale file handle");
    }

    private static Arguments spoilt(String kind, SwapOutcome outcome, String detail, Damage damage) {
        return Arguments.of(kind, outcome, detail, damage);
    }

    private static TensorReference tensor(SnapshotManifest manifest, String name) {
        return manifest.getTensors().stream()
                .filter(tensor -> tensor.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static Path file(Path directory, String address) {
        return directory.resolve("blobs").resolve(address.substring(0, 2)).resolve(address);
    }

    private static void flip(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
    }

    private static void cut(Path file) throws IOException {
        Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 11));
    }

    private static String text(SnapshotStore store, String text) throws IOException {
        return store.put(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** Stores a weight anew with this first value, under its true hash. */
    private static void put(SnapshotManifest manifest, SnapshotStore store, String name, float first)
            throws IOException {
        TensorReference tensor = tensor(manifest, name);
        ByteBuffer blob = store.get(tensor.getSha256()).orElseThrow();
        ByteBuffer changed = ByteBuffer.allocate(blob.remaining())
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(blob)
                .flip();
        for (int i = 0; i < changed.limit(); i += 4 * Float.BYTES) {
            changed.putFloat(i, first);
        }
        tensor.setSha256(store.put(changed));
    }
}
