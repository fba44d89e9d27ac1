package dev.millrace.trainer.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contract.StartupException;
import dev.millrace.schemas.AcceptedSample;
import dev.millrace.schemas.CheckpointHeader;
import dev.millrace.schemas.CheckpointTensor;
import dev.millrace.schemas.PrequentialState;
import dev.millrace.schemas.ReplayClass;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointFileTest {
    /** Where the length of the header stands in the file, behind the magic bytes. */
    private static final int HEADER_LENGTH = 8;

    @TempDir
    Path directory;

    @Test
    void givesBackWhatWasWritten() throws IOException {
        Path file = directory.resolve("c.ckpt");
        Checkpoint written = checkpoint(7);

        CheckpointFile.write(file, written);
        Checkpoint read = CheckpointFile.read(file);

        assertThat(read.header()).isEqualTo(written.header());
        assertThat(read.tensors()).isEqualTo(written.tensors());
        assertThat(read.tensors().get(0).second().asFloatBuffer().get(1)).isEqualTo(0.25f);
    }

    @Test
    void refusesAFileThatIsCutAnywhere() throws IOException {
        Path file = directory.resolve("c.ckpt");
        CheckpointFile.write(file, checkpoint(7));
        byte[] whole = Files.readAllBytes(file);

        // Every field boundary of the short tail, and a step that is prime elsewhere.
        for (int length = 0; length < whole.length; length += length < whole.length - 80 ? 31 : 1) {
            Files.write(file, Arrays.copyOf(whole, length));

            assertThatThrownBy(() -> CheckpointFile.read(file))
                    .as("cut at %d of %d bytes", length, whole.length)
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void refusesAnAlteredByteAnywhereAndBytesBehindTheEnd() throws IOException {
        Path file = directory.resolve("c.ckpt");
        CheckpointFile.write(file, checkpoint(7));
        byte[] whole = Files.readAllBytes(file);

        for (int i = 0; i < whole.length; i++) {
            byte[] altered = whole.clone();
            altered[i] ^= (byte) 0xff;
            Files.write(file, altered);
            assertThatThrownBy(() -> CheckpointFile.read(file))
                    .as("byte %d of %d", i, whole.length)
                    .isInstanceOf(CheckpointFile.DamagedCheckpointException.class);
        }

        Files.write(file, Arrays.copyOf(whole, whole.length + 1));
        assertThatThrownBy(() -> CheckpointFile.read(file)).hasMessageContaining("SHA-256");
    }

    @Test
    void resumesFromTheOneBeforeADamagedOne() throws IOException {
        try (CheckpointDirectory checkpoints = open()) {
            checkpoints.write(checkpoint(7));
            Path newest = checkpoints.write(checkpoint(12));
            byte[] whole = Files.readAllBytes(newest);
            byte[] longHeader = whole.clone();
            longHeader[HEADER_LENGTH] = 0x7f;
            byte[] otherHeader = whole.clone();
            otherHeader[HEADER_LENGTH + Integer.BYTES] ^= 1;

            for (byte[] damaged : List.of(Arrays.copyOf(whole, 100), longHeader, otherHeader)) {
                Files.write(newest, damaged);

                assertThat(checkpoints.newest().orElseThrow().header().getPosition())
                        .isEqualTo(7);
            }
        }
    }

    @Test
    void stopsWhenNoCheckpointCanBeRead() throws IOException {
        try (CheckpointDirectory checkpoints = open()) {
            Files.writeString(checkpoints.write(checkpoint(7)), "no checkpoint");

            assertThatThrownBy(checkpoints::newest)
                    .isInstanceOf(StartupException.class)
                    .hasMessageContaining("None of the 1 checkpoints");
        }
    }

    @Test
    void keepsTheNewestAndForgetsUnfinishedOnes() throws IOException {
        Files.writeString(directory.resolve("checkpoint-1.tmp"), "unfinished");
        try (CheckpointDirectory checkpoints = open()) {
            for (long position : new long[] {3, 20, 100}) {
                checkpoints.write(checkpoint(position));
            }
        }

        assertThat(directory.toFile().list())
                .containsExactlyInAnyOrder(
                        "lock", "checkpoint-00000000000000000020.ckpt", "checkpoint-00000000000000000100.ckpt");
    }

    @Test
    void keepsASecondTrainerOut() {
        try (CheckpointDirectory first = open()) {
            assertThat(first.newest()).isEmpty();

            assertThatThrownBy(this::open)
                    .isInstanceOf(StartupException.class)
                    .hasMessageContaining("in use by another trainer");
        }
    }

    private CheckpointDirectory open() {
        return CheckpointDirectory.open(new CheckpointConfig(directory, java.time.Duration.ofSeconds(1), 2));
    }

    private static Checkpoint checkpoint(long position) {
        AcceptedSample sample =
                new AcceptedSample("id", Instant.EPOCH, Instant.EPOCH, "label", "text", null, null, 0, 5L);
        CheckpointHeader header = CheckpointHeader.newBuilder()
                .setModel("m")
                .setPosition(position)
                .setSteps(3)
                .setBatches(4)
                .setSamples(64)
                .setBaseSha256("base")
                .setConfigSha256("config")
                .setThreads(1)
                .setCpu("cpu")
                .setOutputSet(List.of("label"))
                .setTensors(List.of(new CheckpointTensor("w", List.of(1L, 2L))))
                .setRandomState(-5)
                .setReplayRandomState(9)
                .setReplay(List.of(new ReplayClass("label", 4L, true, List.of(sample))))
                .setPrequential(new PrequentialState(4L, 2L, 0.5, List.of(true, false)))
                .setSourceRanges(List.of())
                .setNewestReceivedAt(Instant.EPOCH)
                .setRefused(Map.of())
                .setAt(Instant.EPOCH)
                .build();
        return new Checkpoint(
                header, List.of(new Checkpoint.TensorState(floats(1, 2), floats(0.5f, -1), floats(0, 0.25f), null)));
    }

    private static ByteBuffer floats(float... values) {
        ByteBuffer bytes =
                ByteBuffer.allocateDirect(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes;
    }
}
