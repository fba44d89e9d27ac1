package dev.millrace.trainer.grpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contract.ConfigLoader;
import dev.millrace.trainer.grpo.AdvantageConfig.Scale;
import dev.millrace.trainer.grpo.GroupConfig.Softmax;
import dev.millrace.trainer.grpo.RewardConfig.Uniformity;
import dev.millrace.trainer.grpo.SurrogateConfig.Kind;
import dev.millrace.trainer.grpo.SurrogateConfig.Reduction;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class GrpoConfigTest {

    @Test
    void presetsHoldTheDocumentedValues() {
        GrpoConfig stable = Preset.STABLE.config();

        assertThat(stable.reward().uniformity()).isEqualTo(Uniformity.NEG_PROB_ALL);
        assertThat(stable.advantage()).isEqualTo(new AdvantageConfig(Scale.GROUP_STD, false, 0.1));
        assertThat(stable.surrogate()).isEqualTo(new SurrogateConfig(Kind.PPO_CLIP, 0.2, 0.2, Reduction.MEAN));
        assertThat(stable.innerSteps()).isEqualTo(1);
        assertThat(Preset.FAITHFUL.config().reward().uniformity()).isEqualTo(Uniformity.NEG_PROB_WRONG);
        assertThat(Preset.FAITHFUL.config().advantage().sigmaFloor()).isZero();
        assertThat(Preset.CE_EQUIVALENT.config().surrogate().reduction()).isEqualTo(Reduction.SUM);
    }

    @Test
    void settingsReplaceOnlyWhatTheyName() {
        AdvantageConfig advantage = new AdvantageConfig(Scale.BATCH_STD, false, 0);
        GrpoConfig config =
                new GrpoSettings(Preset.FAITHFUL, null, advantage, null, null, null, 3, null, null).resolve();

        assertThat(config.advantage()).isEqualTo(advantage);
        assertThat(config.innerSteps()).isEqualTo(3);
        assertThat(config.reward()).isEqualTo(Preset.FAITHFUL.config().reward());
        assertThat(config.preset()).isEqualTo(Preset.FAITHFUL);
    }

    @Test
    void settingsAreReadFromYamlWithAbsentKeysLeftToThePreset() {
        Map<String, String> environment = Map.of("GRPO_TEMPERATURE", "0.5");
        GrpoConfig config = ConfigLoader.load(
                        GrpoSettings.class, "grpo-settings.yaml", Optional.empty(), "GRPO", environment)
                .resolve();

        assertThat(config.preset()).isEqualTo(Preset.FAITHFUL);
        assertThat(config.surrogate()).isEqualTo(new SurrogateConfig(Kind.CISPO, 0.2, 0.28, Reduction.SQRT_N));
        assertThat(config.temperature()).isEqualTo(0.5);
        assertThat(config.advantage()).isEqualTo(Preset.FAITHFUL.config().advantage());
    }

    @Test
    void outOfRangeValuesAreRefusedWithKeyAndValue() {
        refused("reward.accuracyWeight", "0", () -> new RewardConfig(0, Uniformity.NONE, 1, 0, 2));
        refused("reward.uniformityWeight", "-1", () -> new RewardConfig(1, Uniformity.NONE, -1, 0, 2));
        refused("reward.labelSmoothing", "0.5", () -> new RewardConfig(1, Uniformity.NONE, 1, 0.5, 2));
        refused("reward.prototypeSharpness", "NaN", () -> new RewardConfig(1, Uniformity.NONE, 1, 0, Double.NaN));
        refused("advantage.sigmaFloor", "-0.1", () -> new AdvantageConfig(Scale.NONE, false, -0.1));
        refused("surrogate.epsilonLow", "1.4", () -> new SurrogateConfig(Kind.PPO_CLIP, 1.4, 0.2, Reduction.MEAN));
        refused("surrogate.epsilonHigh", "0", () -> new SurrogateConfig(Kind.PPO_CLIP, 0.2, 0, Reduction.MEAN));
        refused("group.fullUpTo", "1", () -> new GroupConfig(1, 64, 64, Softmax.FULL));
        refused("group.topK + group.uniform", "64 + 64", () -> new GroupConfig(128, 64, 64, Softmax.FULL));
        refused("innerSteps", "0", () -> settings(null, 0, null, null));
        refused("innerSteps", "65", () -> settings(null, 65, null, null).resolve());
        refused("maxApproxKl", "-2", () -> settings(null, null, -2.0, null));
        refused("temperature", "NaN", () -> settings(Double.NaN, null, null, null));
        refused("maxConfidence", "1.1", () -> settings(null, null, null, 1.1));
        refused("temperature", "0", () -> Batches.with(Preset.STABLE.config(), 0, 1));
        refused("maxConfidence", "0.4", () -> Batches.with(Preset.STABLE.config(), 1, 0.4));
        refused("headScale", "0", () -> Objectives.of(Preset.STABLE.config(), 0, new SplittableRandom(1)));
    }

    private static GrpoSettings settings(
            @Nullable Double temperature,
            @Nullable Integer innerSteps,
            @Nullable Double maxApproxKl,
            @Nullable Double maxConfidence) {
        return new GrpoSettings(
                Preset.STABLE, null, null, null, null, temperature, innerSteps, maxApproxKl, maxConfidence);
    }

    private static void refused(String key, String value, ThrowingCallable construction) {
        assertThatThrownBy(construction)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(key)
                .hasMessageContaining("was " + value);
    }
}
