package dev.millrace.trainer.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.contract.StartupException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainingPlanTest {
    private static final String WORDS = "embeddings.word_embeddings.weight";

    @Test
    void withoutFurtherSettingsMatricesDecayAndVectorsDoNot() {
        TrainingPlan plan = plan("");

        assertThat(plan.full())
                .containsExactlyInAnyOrder(
                        "onnx::MatMul_0",
                        "onnx::MatMul_1",
                        "encoder.layer.0.dense.bias",
                        "encoder.layer.1.dense.bias",
                        "norm.weight",
                        "norm.bias");
        assertThat(plan.adapted()).isEmpty();
        assertThat(plan.pace("onnx::MatMul_0")).isEqualTo(new Pace(2e-5, 0.01));
        assertThat(plan.pace("encoder.layer.0.dense.bias")).isEqualTo(new Pace(2e-5, 0));
    }

    @Test
    void lowerLayersMoveLessUnderLayerDecay() {
        TrainingPlan plan = plan("freeze: [], layerDecay: 0.5, encoderLearningRate: 0.1");

        assertThat(plan.pace("norm.weight").rate()).isEqualTo(0.1);
        assertThat(plan.pace("onnx::MatMul_1").rate()).isEqualTo(0.1);
        assertThat(plan.pace("encoder.layer.0.dense.bias").rate()).isCloseTo(0.05, within(1e-12));
        assertThat(plan.pace(WORDS).rate()).isCloseTo(0.025, within(1e-12));
    }

    @Test
    void firstGroupThatMatchesDecides() {
        TrainingPlan plan = plan("""
                layerDecay: 0.5, groups: [
                {match: ["/encoder/layer.0/**"], rateFactor: 10},
                {match: ["encoder/**"], rate: 0.5, weightDecay: 0.2}]
                """);

        assertThat(plan.pace("onnx::MatMul_0").rate()).isCloseTo(1e-4, within(1e-12));
        assertThat(plan.pace("onnx::MatMul_0").decay()).isEqualTo(0.01);
        assertThat(plan.pace("onnx::MatMul_1")).isEqualTo(new Pace(0.5, 0.2));
        assertThat(plan.pace("encoder.layer.1.dense.bias")).isEqualTo(new Pace(0.5, 0.2));
        assertThat(plan.pace("norm.weight")).isEqualTo(new Pace(2e-5, 0));
    }

    @Test
    void namedMatricesDoNotDecay() {
        TrainingPlan plan = plan("noDecay: ['onnx::MatMul_1']");

        assertThat(plan.pace("onnx::MatMul_0").decay()).isEqualTo(0.01);
        assertThat(plan.pace("onnx::MatMul_1").decay()).isZero();
    }

    @Test
    void adaptersTakeThePlaceOfMatricesAndLeaveTheRestFrozen() {
        TrainingPlan plan = plan("lora: {rank: 2, full: ['norm.*']}, train: ['**/layer.1/**', 'norm.*'], freeze: []");

        assertThat(plan.adapted()).containsExactly("onnx::MatMul_1");
        assertThat(plan.full()).containsExactlyInAnyOrder("norm.weight", "norm.bias");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "groups: [{match: ['encoder/layer.7/**'], rate: 1}] | policy.groups[0].match: the pattern",
                "groups: [{match: ['encoder/layer.7/**'], rate: 1}] | nearest are '/encoder/layer.0/dense/MatMul'",
                "groups: [{match: ['**/word_embeddings/**'], rate: 1}] | stands for weights that do not train",
                "noDecay: ['layer.[7'] | policy.noDecay: the pattern 'layer.[7' is malformed",
                "lora: {rank: 2, targets: ['**/value/**']} | policy.lora.targets: the pattern",
                "lora: {rank: 2, targets: ['norm.*']} | stand for no matrix that may train",
                "lora: {rank: 2, targets: ['norm.*']} | 2 are matrices of a MatMul or Gemm, such as 'onnx::MatMul_0'",
                "train: ['**/attention/**'], freeze: [] | train: the pattern '**/attention/**' stands for no float weight"
            })
    void patternsThatMeanNothingAreRefused(String yaml, String message) {
        assertThatThrownBy(() -> plan(yaml))
                .isInstanceOf(StartupException.class)
                .hasMessageContaining(message.replace('\'', '"'));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "groups: [{match: ['**'], rate: 1, rateFactor: 2}] | either rateFactor or rate can be given, were 2.0 and 1.0",
                "groups: [{match: []}] | match must name at least one pattern",
                "groups: [{match: ['**'], weightDecay: 3}] | policy.groups[0].weightDecay must be in [0, 1]",
                "layerDecay: 0 | policy.layerDecay must be in (0, 1]",
                "accumulate: 0 | policy.accumulate must be in [1, 10000]",
                "lora: {rank: -1} | policy.lora.rank must be in [0, 4096]",
                "schedule: {shape: LINEAR} | policy.schedule.shape must be one of CONSTANT, COSINE",
                "device: TPU | policy.device must be one of AUTO, CPU, GPU"
            })
    void valuesOutOfRangeAreRefused(String yaml, String message) {
        assertThatThrownBy(() -> PolicySettings.of(yaml))
                .isInstanceOf(StartupException.class)
                .hasMessageContaining(message);
    }

    private static TrainingPlan plan(String yaml) {
        return TrainingPlan.of(TinyNetwork.pooled().proto(), PolicySettings.of(yaml));
    }
}
