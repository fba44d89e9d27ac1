package dev.millrace.schemas;

import dev.millrace.contract.AvroSerdes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.SchemaFormatter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;

/**
 * One example of each record that travels through a topic. {@link #main} stores them for a release:
 * {@code NAME.avsc} is the schema with all it refers to, {@code NAME.bin} the record in plain Avro binary, which is a topic
 * value without its five bytes of magic and schema id. The files of a release never change once it is out.
 */
final class RecordExamples {
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00.123Z");
    private static final String HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

    static {
        new AvroSerdes("mock://examples"); // trusts the generated classes
    }

    private RecordExamples() {}

    /** The directory of a release, made if it is missing, is the one argument. */
    public static void main(String[] arguments) throws IOException {
        Path directory = Files.createDirectories(Path.of(arguments[0]));
        for (SpecificRecord example : all()) {
            String name = example.getSchema().getName();
            Files.writeString(
                    directory.resolve(name + ".avsc"),
                    SchemaFormatter.format("json/pretty", example.getSchema()) + "\n");
            Files.write(directory.resolve(name + ".bin"), encode(example));
        }
    }

    static List<SpecificRecord> all() {
        return List.of(
                labelledSample(),
                acceptedSample(),
                deadLetter(),
                trainingBatch(),
                snapshotManifest(),
                promotion(),
                evaluationReport(),
                servingStatus(),
                checkpointHeader());
    }

    private static byte[] encode(SpecificRecord example) throws IOException {
        var bytes = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
        Schema schema = example.getSchema();
        new SpecificDatumWriter<SpecificRecord>(schema).write(example, encoder);
        encoder.flush();
        return bytes.toByteArray();
    }

    static LabelledSample labelledSample() {
        return LabelledSample.newBuilder()
                .setId("wn-00017222")
                .setEventTime(NOON)
                .setLabel("noun.plant")
                .setText("a living organism lacking the power of locomotion; größer 植物")
                .setFeatures(ByteBuffer.wrap(new byte[] {0, 0, -128, 63}))
                .setAttributes(Map.of("source", "wordnet"))
                .build();
    }

    static AcceptedSample acceptedSample() {
        return AcceptedSample.newBuilder()
                .setId("wn-00017222")
                .setEventTime(NOON)
                .setReceivedAt(NOON.plusMillis(5))
                .setLabel("noun.plant")
                .setText("a living organism")
                .setSourcePartition(3)
                .setSourceOffset(12_345_678_901L)
                .build();
    }

    private static DeadLetter deadLetter() {
        return DeadLetter.newBuilder()
                .setCause(RejectReason.TEXT_TOO_LONG)
                .setDetail("text must have at most 8192 characters, had 9000")
                .setKey(ByteBuffer.wrap("wn-1".getBytes(StandardCharsets.UTF_8)))
                .setValue(ByteBuffer.wrap(new byte[] {0, 0, 0, 0, 1, 2}))
                .setSourceTopic("millrace.samples")
                .setSourcePartition(1)
                .setSourceOffset(42)
                .setSchemaId(1)
                .setReceivedAt(NOON)
                .build();
    }

    private static TrainingBatch trainingBatch() {
        return TrainingBatch.newBuilder()
                .setModel("minilm")
                .setSamples(List.of(acceptedSample(), acceptedSample()))
                .setClosedBy(BatchClosedBy.TIME)
                .setFormedAt(NOON)
                .build();
    }

    private static SnapshotManifest snapshotManifest() {
        return SnapshotManifest.newBuilder()
                .setModel("minilm")
                .setVersion(20)
                .setParent(10)
                .setCreatedAt(NOON)
                .setBaseSha256(HASH)
                .setGraphSha256(HASH)
                .setTokenizerSha256(HASH)
                .setMaxTokens(128)
                .setTensors(List.of(new TensorReference("millrace.head.weight", List.of(2L, 384L), HASH, 3072L)))
                .setEmbeddingDimension(1)
                .setOutputSet(List.of("noun.plant", "noun.river"))
                .setPreset("STABLE")
                .setConfigSha256(HASH)
                .setSettings("policy.headScale=16\nseed=42\n")
                .setThreads(2)
                .setCpu("a CPU")
                .setSteps(20)
                .setSamples(640)
                .setNewestReceivedAt(NOON)
                .setSourceRanges(List.of(new OffsetRange("millrace.samples", 0, 0L, 639L)))
                .setMetrics(Map.of("prequential", 0.5))
                .setProbe(GoldenProbe.newBuilder()
                        .setTexts(List.of("a river"))
                        .setEmbeddings(ByteBuffer.wrap(new byte[] {0, 0, -128, 63}))
                        .build())
                .build();
    }

    private static Promotion promotion() {
        return Promotion.newBuilder()
                .setModel("minilm")
                .setVersion(20)
                .setPrevious(10)
                .setBy(PromotedBy.OPERATOR)
                .setPinned(true)
                .setReason("rolled back by hand")
                .setAt(NOON)
                .build();
    }

    private static EvaluationReport evaluationReport() {
        return EvaluationReport.newBuilder()
                .setModel("minilm")
                .setVersion(20)
                .setChampion(10)
                .setAt(NOON)
                .setVerdict(GateVerdict.HOLD)
                .setRules(List.of(new RuleResult(GateRule.KNN_MARGIN, false, 0.5, 0.57, "fell by 0.07")))
                .setScores(List.of(
                        new EncoderScores(ScoredSubject.FROZEN, 0L, 0.57, 0.5, 0.6, 0.61, Double.NaN, 0.1, 200.0)))
                .setHoldoutSamples(500)
                .setGallerySamples(1500)
                .setParity(3e-6)
                .setMetrics(Map.of("prequential", 0.5))
                .build();
    }

    private static ServingStatus servingStatus() {
        return ServingStatus.newBuilder()
                .setInstance("inference-1")
                .setModel("minilm")
                .setVersion(20)
                .setServing(10)
                .setOutcome(SwapOutcome.HASH_MISMATCH)
                .setDetail("tensor millrace.head.weight")
                .setAt(NOON)
                .setLoadMillis(110)
                .build();
    }

    private static CheckpointHeader checkpointHeader() {
        return CheckpointHeader.newBuilder()
                .setModel("glosses")
                .setPosition(42)
                .setSteps(20)
                .setBatches(21)
                .setSamples(336)
                .setBaseSha256(HASH)
                .setConfigSha256(HASH)
                .setSettings("policy.headScale=16\nseed=42\n")
                .setThreads(2)
                .setCpu("AMD EPYC")
                .setOutputSet(List.of("noun.plant", "noun.river"))
                .setTensors(List.of(new CheckpointTensor("millrace.head.weight", List.of(2L, 384L))))
                .setRandomState(-7)
                .setReplayRandomState(7)
                .setReplay(List.of(new ReplayClass("noun.plant", 5L, true, List.of(acceptedSample()))))
                .setPrequential(new PrequentialState(336L, 200L, 0.6, List.of(true, false)))
                .setSourceRanges(List.of(new OffsetRange("millrace.samples", 3, 10L, 400L)))
                .setNewestReceivedAt(NOON)
                .setRefused(Map.of("NON_FINITE_GRADIENT", 1L))
                .setAt(NOON)
                .build();
    }
}
