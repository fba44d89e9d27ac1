package dev.millrace.trainer.learn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The digest of the settings outlives settings that come later, and a refusal names what differs. */
class WeightSettingsTest {
    private static final WeightSettings STORED = settings(Map.of("seed", "42", "policy.headScale", "16"));

    @Test
    void isWrittenInSortedLines() {
        assertThat(STORED.text()).isEqualTo("policy.headScale=16\nseed=42\n");
        assertThat(settings(Map.of("model.prefix", "a\\\nb")).text()).isEqualTo("model.prefix=a\\\\\\nb\n");
    }

    @Test
    void aLaterSettingThatTrainsAsBeforeChangesNothing() {
        WeightSettings later = settings(Map.of(
                "seed", "42", "policy.headScale", "16", "policy.accumulate", "1", "policy.precision", "FLOAT32"));

        assertThat(later.sha256()).isEqualTo(STORED.sha256());
        assertThat(later.differences(STORED.sha256(), STORED.text())).isEmpty();
    }

    @Test
    void namesWhatDiffersWithBothValues() {
        WeightSettings other = settings(Map.of(
                "seed", "43", "policy.accumulate", "3", "policy.precision", "BFLOAT16", "policy.train[0]", "a=b"));

        assertThat(other.differences(STORED.sha256(), STORED.text()))
                .containsExactly(
                        "policy.accumulate was 1, is 3",
                        "policy.headScale was 16, is absent",
                        "policy.precision was FLOAT32, is BFLOAT16",
                        "policy.train[0] was absent, is a=b",
                        "seed was 42, is 43");
        assertThat(STORED.differences(other.sha256(), other.text())).contains("policy.train[0] was a=b, is absent");
    }

    @Test
    void tellsTheDigestsWhereTheSettingsWereNotStored() {
        assertThat(STORED.differences("0815", ""))
                .containsExactly("digest of the training settings was 0815, is " + STORED.sha256());
    }

    private static WeightSettings settings(Map<String, String> values) {
        return new WeightSettings(new TreeMap<>(values));
    }
}
