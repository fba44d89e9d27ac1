package dev.millrace.trainer.policy;

import dev.millrace.contract.Range;
import dev.millrace.trainer.onnx.operator.Precision;
import java.util.List;

/**
 * What trains, where, and how fast.
 *
 * @param device what trains: the first usable GPU or the CPU
 * @param threads native threads of the training runtime; part of the recipe: another count gives other bits. At least 1.
 *     An even number trains each batch as two halves side by side, which is faster than all threads in one operator.
 *     More than the cores that are left beside serving and broker makes a step slower, not faster
 * @param precision of the factors of linear layers while a batch trains; everything else is float32, evaluation too. Part of
 *     the recipe
 * @param train patterns over node paths and initializer names that train, for example {@code encoder/layer.[3-5]/**}
 * @param freeze patterns taken out of {@code train} again; word embeddings by default
 * @param lora low-rank adapters in place of whole matrices
 * @param encoderLearningRate AdamW rate of the encoder's weights
 * @param headLearningRate AdamW rate of the head's rows
 * @param layerDecay factor on the rate for each layer that lies above a weight; 1 trains all layers alike
 * @param groups weights with a pace of their own; the first that matches counts
 * @param schedule factor on all rates over the updates
 * @param weightDecay decoupled decay of the encoder's matrices; vectors (biases, layer norms) and the head are left out
 * @param noDecay patterns of matrices that do not decay either
 * @param clipNorm largest global gradient norm; a longer gradient is scaled down to it
 * @param accumulate log entries whose mean gradient makes one update; weights do not change in between
 * @param headScale factor on the cosine between embedding and class vector, the inverse temperature of the head
 * @param maxClasses most labels the head learns; samples of further ones are counted and not trained
 */
public record PolicyConfig(
        DeviceChoice device,
        @Range(min = 1, max = 256) int threads,
        Precision precision,
        List<String> train,
        List<String> freeze,
        LoraConfig lora,
        @Range(min = 0, max = 1) double encoderLearningRate,
        @Range(min = 0, max = 10) double headLearningRate,
        @Range(min = 0, max = 1, minExclusive = true) double layerDecay,
        List<RateGroup> groups,
        LearningRateSchedule schedule,
        @Range(min = 0, max = 1) double weightDecay,
        List<String> noDecay,
        @Range(min = 1e-6, max = 1e6) double clipNorm,
        @Range(min = 1, max = 10_000) int accumulate,
        @Range(min = 0.1, max = 1000) double headScale,
        @Range(min = 2, max = 1_000_000) int maxClasses) {

    public PolicyConfig {
        train = List.copyOf(train);
        freeze = List.copyOf(freeze);
        groups = List.copyOf(groups);
        noDecay = List.copyOf(noDecay);
    }
}
