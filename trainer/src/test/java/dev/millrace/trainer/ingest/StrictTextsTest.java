package dev.millrace.trainer.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.schemas.LabelledSample;
import dev.millrace.schemas.RejectReason;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import org.apache.kafka.common.serialization.Serializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Samples whose texts were written in another encoding than they claim. */
final class StrictTextsTest {
    private static final String URL = "mock://strict-texts";
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.EPOCH);
    private static final SourcePosition SOURCE = new SourcePosition("samples", 0, 0, Instant.EPOCH);
    private static final Serializer<LabelledSample> SERIALIZER = Samples.serializer(URL);

    private final SampleDecoder decoder =
            RegistryAccess.open(Samples.kafka(URL)).decoder(IngestConfig.defaults(), new InputRule.Text(), CLOCK);

    @ParameterizedTest
    @ValueSource(strings = {"id", "label", "text"})
    void refusesAFieldThatIsLatin1(String field) {
        byte[] value = value("id-xyz", "label-xyz", "text-xyz");
        byte[] name = (field + "-xyz").getBytes(StandardCharsets.UTF_8);
        value[indexOf(value, name) + name.length - 1] = (byte) 0xfc; // u umlaut in Latin-1

        Decoded decoded = decoder.decode(value, SOURCE);

        assertThat(decoded).isInstanceOfSatisfying(Decoded.Rejected.class, rejected -> {
            assertThat(rejected.reason()).isEqualTo(RejectReason.MALFORMED_AVRO);
            assertThat(rejected.detail()).isEqualTo(field + " is no valid UTF-8");
        });
    }

    @Test
    void acceptsAReplacementCharacterThatAProducerWrote() {
        Decoded decoded = decoder.decode(value("a", "cat", "what was \uFFFD here \uD83D\uDC08"), SOURCE);

        assertThat(decoded)
                .isInstanceOfSatisfying(
                        Decoded.Valid.class,
                        valid -> assertThat(valid.sample().getText()).isEqualTo("what was \uFFFD here \uD83D\uDC08"));
    }

    private static byte[] value(String id, String label, String text) {
        return SERIALIZER.serialize("samples", Samples.text(id, label, text));
    }

    private static int indexOf(byte[] bytes, byte[] part) {
        for (int at = 0; at <= bytes.length - part.length; at++) {
            if (ByteBuffer.wrap(bytes, at, part.length).equals(ByteBuffer.wrap(part))) {
                return at;
            }
        }
        throw new IllegalArgumentException("not there");
    }
}
