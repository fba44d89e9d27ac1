package dev.millrace.trainer.grpo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.ConfigLoader;
import dev.millrace.trainer.TrainerConfig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GrpoKeysTest {
    @TempDir
    private Path directory;

    /** What stands behind the preset as a comment can be taken in as it is, and changes nothing. */
    @Test
    void theShippedFileShowsThePresetThatItNames() throws IOException {
        List<String> shown = shipped().stream()
                .dropWhile(line -> !line.startsWith("grpo:"))
                .takeWhile(line -> !line.isBlank())
                .toList();
        String taken = shown.stream()
                .filter(line -> !line.contains("# The preset"))
                .map(line -> line.replaceFirst("^  # ", "  "))
                .collect(Collectors.joining("\n"));
        Path file = Files.writeString(directory.resolve("all.yaml"), taken);

        GrpoSettings settings = ConfigLoader.load(
                        TrainerConfig.class, "trainer.yaml", Optional.of(file), "TRAINER", Map.of())
                .grpo();

        assertThat(settings).hasNoNullFieldsOrProperties();
        assertThat(settings.resolve()).isEqualTo(Preset.STABLE.config());
    }

    private static List<String> shipped() throws IOException {
        try (InputStream yaml =
                Objects.requireNonNull(TrainerConfig.class.getClassLoader().getResourceAsStream("trainer.yaml"))) {
            return new String(yaml.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        }
    }
}
