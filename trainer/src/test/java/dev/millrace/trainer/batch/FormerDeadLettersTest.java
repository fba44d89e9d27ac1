package dev.millrace.trainer.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.schemas.DeadLetter;
import dev.millrace.schemas.RejectReason;
import dev.millrace.trainer.ingest.Samples;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FormerDeadLettersTest {
    private static final Instant NOW = FormerFixture.START;

    @TempDir
    private Path directory;

    @SuppressWarnings("NullAway.Init") // started before each test
    private FormerFixture former;

    @BeforeEach
    void start() {
        FormerSpec spec = FormerFixture.spec(directory);
        former = new FormerFixture(spec, FormerStores.inMemoryAndOnDisk(), NOW);
    }

    @AfterEach
    void closeDriver() {
        former.close();
    }

    @Test
    void writesADeadLetterWithEverythingNeededToUnderstandAndReplayIt() {
        byte[] key = {1, 2, 3};
        byte[] value = former.bytes(Samples.text("a", null, "purrs"));
        former.send(Samples.text("good", "cat", "text of good"), NOW);

        former.sendRaw(key, value, NOW.minusSeconds(9));

        DeadLetter letter = former.deadLetters().get(0).value();
        assertThat(letter.getCause()).isEqualTo(RejectReason.MISSING_LABEL);
        assertThat(letter.getDetail()).isEqualTo("label is null");
        assertThat(letter.getKey()).isEqualTo(ByteBuffer.wrap(key));
        assertThat(letter.getValue()).isEqualTo(ByteBuffer.wrap(value));
        assertThat(letter.getSourceTopic()).isEqualTo("samples");
        assertThat(letter.getSourcePartition()).isZero();
        assertThat(letter.getSourceOffset()).isEqualTo(1);
        assertThat(letter.getSchemaId()).isEqualTo(ByteBuffer.wrap(value).getInt(1));
        assertThat(letter.getReceivedAt()).isEqualTo(NOW.minusSeconds(9));
        former.advance(Duration.ofSeconds(1)); // closes the open batch
        assertThat(former.counts()).isEqualTo(new IngestCounts(1, 0, 0, Map.of(RejectReason.MISSING_LABEL, 1L), 1));
    }

    @Test
    void keepsTombstonesApartFromEmptyKeys() {
        former.sendRaw(null, null, NOW);

        DeadLetter letter = former.deadLetters().get(0).value();
        assertThat(letter.getCause()).isEqualTo(RejectReason.EMPTY_RECORD);
        assertThat(letter.getKey()).isNull();
        assertThat(letter.getValue()).isNull();
        assertThat(letter.getSchemaId()).isNull();
    }

    @Test
    void leavesTheBytesOfAGiantBehindInsteadOfStopping() {
        byte[] fits = new byte[98_000];
        byte[] giant = new byte[100_000];
        fits[0] = giant[0] = 9;

        former.sendRaw(null, fits, NOW);
        former.sendRaw(new byte[10], giant, NOW);
        former.sendRaw(giant, giant, NOW);

        var letters = former.deadLetters();
        assertThat(letters).extracting(letter -> letter.value().getCause()).containsOnly(RejectReason.NO_MAGIC_BYTE);
        assertThat(letters.get(0).value().getValue()).isEqualTo(ByteBuffer.wrap(fits));
        assertThat(letters.get(1).value().getValue()).isNull();
        assertThat(letters.get(1).value().getKey()).isEqualTo(ByteBuffer.wrap(new byte[10]));
        assertThat(letters.get(1).value().getDetail())
                .contains("value of 100000 bytes")
                .contains("samples-0 offset 1");
        assertThat(letters.get(2).value().getKey()).isNull();
    }
}
