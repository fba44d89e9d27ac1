package dev.millrace.trainer.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contract.StartupException;
import dev.millrace.trainer.ChildProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may use a checkpoint directory; the second one is a process of its own. */
@SuppressWarnings("try") // a lock is only held
class CheckpointDirectoryTest {
    private static final String ANSWER = "answer: ";
    private static final String OPENED = "opened";

    @TempDir
    Path directory;

    /** A trainer as far as its checkpoints: opens the directory, says what came of it, and ends. */
    static final class SecondTrainer {
        private SecondTrainer() {}

        public static void main(String[] arguments) {
            System.out.println(ANSWER + attempt(Path.of(arguments[0])));
        }

        private static String attempt(Path directory) {
            try (CheckpointDirectory unused = open(directory)) {
                return OPENED;
            } catch (StartupException e) {
                return String.valueOf(e.getMessage());
            }
        }
    }

    @Test
    void refusesASecondTrainerInWordsUntilTheFirstHasEnded() throws Exception {
        try (CheckpointDirectory unused = open(directory)) {
            assertThat(secondTrainer())
                    .isEqualTo("checkpoint.directory " + directory
                            + " is in use by another trainer; give each trainer a directory of its own");
        }

        assertThat(secondTrainer()).isEqualTo(OPENED);
    }

    @Test
    void keepsOtherProcessesOutAfterARefusalInItsOwn() throws Exception {
        try (CheckpointDirectory unused = open(directory)) {
            assertThatThrownBy(() -> open(directory))
                    .isInstanceOf(StartupException.class)
                    .hasMessageContaining("is in use by another trainer");

            assertThat(secondTrainer()).contains("is in use by another trainer");
        }

        assertThatCode(() -> open(directory).close()).doesNotThrowAnyException();
    }

    @Test
    void knowsTheDirectoryUnderAnotherName() throws IOException {
        Path real = Files.createDirectory(directory.resolve("real"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), real);

        try (CheckpointDirectory unused = open(real)) {
            assertThatThrownBy(() -> open(link)).hasMessageContaining("is in use by another trainer");
        }
        assertThatCode(() -> open(link).close()).doesNotThrowAnyException();
    }

    private String secondTrainer() throws IOException, InterruptedException {
        try (ChildProcess second = ChildProcess.start(Map.of(), SecondTrainer.class, directory.toString())) {
            return second.answer(ANSWER);
        }
    }

    private static CheckpointDirectory open(Path directory) {
        return CheckpointDirectory.open(new CheckpointConfig(directory, Duration.ofMinutes(1), 3));
    }
}
