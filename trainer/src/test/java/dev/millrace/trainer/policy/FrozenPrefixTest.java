package dev.millrace.trainer.policy;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.pytorch.jni.JniUtils;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Below the lowest weight that trains nothing is recorded, and no time is spent on the way back. */
class FrozenPrefixTest {
    private static final Pattern TANH_BACKWARD = Pattern.compile("\"name\": \"TanhBackward0\"");

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({"'**', 2", "'encoder/layer.1/**', 1", "'norm.weight', 0"})
    void theWayBackEndsAtTheLowestTrainedLayer(String train, int layers) throws Exception {
        Path trace = directory.resolve("trace.json");
        try (TinyTraining training = TinyTraining.open(PolicySettings.of("train: [\"" + train + "\"], freeze: []"))) {
            JniUtils.startProfile(false, false, false);
            try {
                training.step(0, 1);
            } finally {
                JniUtils.stopProfile(trace.toString());
            }
        }

        assertThat(TANH_BACKWARD.matcher(Files.readString(trace)).results()).hasSize(layers);
    }
}
