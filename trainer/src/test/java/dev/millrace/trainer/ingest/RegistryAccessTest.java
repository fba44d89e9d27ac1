package dev.millrace.trainer.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.schemas.LabelledSample;
import dev.millrace.schemas.RejectReason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.kafka.common.errors.SerializationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a registry can do to a sample: nothing, but let it wait. */
final class RegistryAccessTest {
    private static final int SCHEMA_ID = 7;
    private static final String SCHEMA_PATH = "/schemas/ids/" + SCHEMA_ID;
    private static final SourcePosition SOURCE = new SourcePosition("samples", 0, 0, Instant.EPOCH);
    private static final String NOT_FOUND = "{\"error_code\":40403,\"message\":\"Schema not found\"}";

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
    private final InstantSource clock = now::get;
    private ScriptedRegistry server;
    private RegistryAccess registry;

    @BeforeEach
    void startRegistry() throws IOException {
        server = ScriptedRegistry.start();
        registry = RegistryAccess.open(Samples.kafka(server.url()));
    }

    @AfterEach
    void stopRegistry() {
        registry.close();
        server.close();
    }

    @Test
    void waitsWhileTheRegistryIsBrokenAndGoesOnByItself() throws Exception {
        CompletableFuture<Decoded> decoded = decodeInBackground();
        await().until(() -> server.requests().size() >= 2);
        assertThat(registry.waitingFor().orElseThrow())
                .contains("read schema 7")
                .contains("503");
        assertThat(decoded).isNotDone();

        server.reply(SCHEMA_PATH, 200, schema(LabelledSample.SCHEMA$.toString()));

        assertThat(decoded.join()).isInstanceOf(Decoded.Valid.class);
        assertThat(registry.waitingFor()).isEmpty();
    }

    @Test
    void waitsWhileNobodyListens() throws Exception {
        server.close();
        CompletableFuture<Decoded> decoded = decodeInBackground();
        await().until(() -> registry.waitingFor().isPresent());

        registry.close();

        assertThatThrownBy(decoded::join)
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(RegistryPatience.ClosedWhileWaitingException.class);
    }

    @Test
    void takesA404OfAnotherServerForAFaultNotForAnAnswer() throws Exception {
        server.reply(SCHEMA_PATH, 404, "<html>no such page</html>");
        CompletableFuture<Decoded> decoded = decodeInBackground();
        await().until(() -> registry.waitingFor().isPresent());

        server.reply(SCHEMA_PATH, 200, schema(LabelledSample.SCHEMA$.toString()));

        assertThat(decoded.join()).isInstanceOf(Decoded.Valid.class);
    }

    @Test
    void waitsWhenItMayNotAsk() throws Exception {
        server.reply(SCHEMA_PATH, 401, "{\"error_code\":401,\"message\":\"Unauthorized\"}");
        CompletableFuture<Decoded> decoded = decodeInBackground();

        await().until(() -> registry.waitingFor().isPresent());

        assertThat(decoded).isNotDone();
    }

    @Test
    void refusesAnIdTheRegistryDoesNotKnowAndAsksAgainLater() throws Exception {
        server.reply(SCHEMA_PATH, 404, NOT_FOUND);
        SampleDecoder decoder = decoder();
        assertThat(reason(decoder.decode(sample(), SOURCE))).isEqualTo(RejectReason.UNKNOWN_SCHEMA);
        assertThat(reason(decoder.decode(sample(), SOURCE))).isEqualTo(RejectReason.UNKNOWN_SCHEMA);
        assertThat(server.requests()).hasSize(1);

        server.reply(SCHEMA_PATH, 200, schema(LabelledSample.SCHEMA$.toString()));
        now.set(Instant.EPOCH.plusSeconds(10));

        assertThat(decoder.decode(sample(), SOURCE)).isInstanceOf(Decoded.Valid.class);
    }

    @Test
    void asksOncePerSchema() throws Exception {
        server.reply(SCHEMA_PATH, 200, schema(LabelledSample.SCHEMA$.toString()));
        SampleDecoder decoder = decoder();

        for (int i = 0; i < 100; i++) {
            assertThat(decoder.decode(sample(), SOURCE)).isInstanceOf(Decoded.Valid.class);
        }

        assertThat(server.requests()).containsExactly(SCHEMA_PATH);
    }

    @Test
    void refusesSchemasThatAreNotAvro() throws Exception {
        server.reply(SCHEMA_PATH, 200, "{\"schemaType\":\"JSON\",\"schema\":\"{}\"}");

        assertThat(reason(decoder().decode(sample(), SOURCE))).isEqualTo(RejectReason.WRONG_SCHEMA);
    }

    @Test
    void refusesSchemasThatDoNotParse() throws Exception {
        server.reply(SCHEMA_PATH, 200, schema("{\"type\":\"recrod\"}"));

        assertThat(reason(decoder().decode(sample(), SOURCE))).isEqualTo(RejectReason.WRONG_SCHEMA);
    }

    @Test
    void refusesSchemasWhoseTextIsNoJson() throws Exception {
        server.reply(SCHEMA_PATH, 200, schema("{\"type\":"));
        CompletableFuture<Decoded> decoded = decodeInBackground();

        await().until(decoded::isDone);

        assertThat(reason(decoded.join())).isEqualTo(RejectReason.WRONG_SCHEMA);
    }

    @Test
    void waitsForTheSchemaOfARecordAndNotForItsDamagedBytes() throws Exception {
        byte[] whole = sample();
        RecordCodec<LabelledSample> codec = registry.codec(LabelledSample.class, "out");
        CompletableFuture<LabelledSample> read = CompletableFuture.supplyAsync(() -> codec.decode(whole));
        await().until(() -> registry.waitingFor().isPresent());
        server.reply(SCHEMA_PATH, 200, schema(LabelledSample.SCHEMA$.toString()));
        assertThat(read.join().getText()).isEqualTo("purrs");

        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            CompletableFuture<LabelledSample> refused = CompletableFuture.supplyAsync(() -> codec.decode(cut));
            await().until(refused::isDone);

            assertThatThrownBy(refused::join)
                    .as("cut at %d of %d bytes", length, whole.length)
                    .hasCauseInstanceOf(SerializationException.class)
                    .hasMessageContaining("record of out");
        }
    }

    @Test
    void waitsForASchemaThatIsReferredTo() throws Exception {
        String id =
                "{\"type\":\"record\",\"name\":\"LabelledSample\",\"namespace\":\"dev.millrace.schemas\",\"fields\":["
                        + "{\"name\":\"id\",\"type\":\"string\"},{\"name\":\"eventTime\",\"type\":{\"type\":\"long\","
                        + "\"logicalType\":\"timestamp-millis\"}},{\"name\":\"extra\",\"type\":\"other.Extra\"}]}";
        server.reply(
                SCHEMA_PATH,
                200,
                "{\"schema\":%s,\"references\":[{\"name\":\"other.Extra\",\"subject\":\"extra\",\"version\":1}]}"
                        .formatted(quoted(id)));
        CompletableFuture<Decoded> decoded = decodeInBackground();
        await().until(() -> registry.waitingFor().isPresent());

        String extra = "{\"type\":\"record\",\"name\":\"Extra\",\"namespace\":\"other\",\"fields\":[]}";
        server.reply(
                "/subjects/extra/versions/1",
                200,
                "{\"subject\":\"extra\",\"version\":1,\"id\":8,\"schema\":%s}".formatted(quoted(extra)));

        // The bytes are of another schema; what counts is that the reference was resolved and the record judged.
        assertThat(reason(decoded.join())).isIn(RejectReason.MALFORMED_AVRO, RejectReason.MISSING_LABEL);
    }

    @Test
    void waitsToRegisterWhatItWrites() throws Exception {
        server.reply("/subjects/out-value/versions", 409, "{\"error_code\":409,\"message\":\"incompatible\"}");
        RecordCodec<LabelledSample> codec = registry.codec(LabelledSample.class, "out");
        CompletableFuture<byte[]> encoded =
                CompletableFuture.supplyAsync(() -> codec.encode(Samples.text("a", "cat", "purrs")));
        await().until(() -> registry.waitingFor().isPresent());

        server.reply("/subjects/out-value/versions", 200, "{\"id\":" + SCHEMA_ID + "}");

        assertThat(ByteBuffer.wrap(encoded.join()).getInt(1)).isEqualTo(SCHEMA_ID);
    }

    private SampleDecoder decoder() {
        return registry.decoder(IngestConfig.defaults(), new InputRule.Text(), clock);
    }

    private CompletableFuture<Decoded> decodeInBackground() throws IOException {
        byte[] sample = sample();
        return CompletableFuture.supplyAsync(() -> decoder().decode(sample, SOURCE));
    }

    private static RejectReason reason(Decoded decoded) {
        assertThat(decoded).isInstanceOf(Decoded.Rejected.class);
        return ((Decoded.Rejected) decoded).reason();
    }

    private static byte[] sample() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(ByteBuffer.allocate(5).putInt(1, SCHEMA_ID).array());
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
        new SpecificDatumWriter<>(LabelledSample.class)
                .write(new LabelledSample("a", Instant.EPOCH, "cat", "purrs", null, null, Map.of()), encoder);
        encoder.flush();
        return out.toByteArray();
    }

    private static String schema(String schema) throws IOException {
        return "{\"schema\":" + quoted(schema) + "}";
    }

    private static String quoted(String text) throws IOException {
        return new ObjectMapper().writeValueAsString(text);
    }
}
