package dev.millrace.inference.load;

import dev.millrace.contract.SnapshotStore;
import dev.millrace.inference.encoder.Pooling;
import dev.millrace.inference.encoder.TinyEncoder;
import dev.millrace.schemas.GoldenProbe;
import dev.millrace.schemas.SnapshotInput;
import dev.millrace.schemas.SnapshotManifest;
import dev.millrace.schemas.SwapOutcome;
import dev.millrace.schemas.TensorReference;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/** Snapshots that must be refused, each with its cause and a part of what is said. */
final class SpoiltSnapshots {
    private SpoiltSnapshots() {}

    /** Ways to spoil a correct snapshot. */
    interface Damage {
        void apply(SnapshotManifest manifest, Path directory, SnapshotStore store) throws Exception;
    }

    static Stream<Arguments> all() {
        return Stream.of(blobs(), probes(), graphs(), weights(), sizes(), tokenizers())
                .flatMap(Function.identity());
    }

    private static Stream<Arguments> blobs() {
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
                        (m, d, s) -> Files.write(file(d, tensor(m, "words").getSha256()), new byte[0])));
    }

    private static Stream<Arguments> probes() {
        return Stream.of(
                spoilt(
                        "other weights than the probe",
                        SwapOutcome.PROBE_MISMATCH,
                        "differ",
                        (m, d, s) -> put(m, s, "words", 0.5f)),
                spoilt("other prefix", SwapOutcome.PROBE_MISMATCH, "differ", (m, d, s) -> m.setPrefix("w7 ")),
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
                        "0 inputs",
                        (m, d, s) ->
                                m.setProbe(new GoldenProbe(List.of(), List.of(), List.of(), ByteBuffer.allocate(0)))),
                spoilt(
                        "probe cut",
                        SwapOutcome.PROBE_MISMATCH,
                        "2 inputs and 1 numbers",
                        (m, d, s) -> m.getProbe().setEmbeddings(ByteBuffer.allocate(4))));
    }

    private static Stream<Arguments> graphs() {
        return Stream.of(
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
                        "other input",
                        SwapOutcome.UNSUPPORTED_GRAPH,
                        "the graph reads TEXT and the manifest says IMAGE",
                        (m, d, s) -> m.setInput(SnapshotInput.IMAGE)));
    }

    private static Stream<Arguments> weights() {
        return Stream.of(
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
                        (m, d, s) -> tensor(m, "words").setBytes(7)));
    }

    private static Stream<Arguments> sizes() {
        return Stream.of(
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
                }));
    }

    private static Stream<Arguments> tokenizers() {
        return Stream.of(
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
