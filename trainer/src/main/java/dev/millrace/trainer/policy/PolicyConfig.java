package dev.millrace.trainer.policy;

import dev.millrace.contract.Range;
import java.util.List;

/**
 * What trains, and how fast.
 *
 * @param threads native threads of the training runtime; part of the recipe: another count gives other bits. At least 1.
 *     More than the cores that are left beside serving and broker makes a step slower, not faster
 * @param train patterns over node paths and initializer names that train, for example {@code encoder/layer.[3-5]/**}
 * @param freeze patterns taken out of {@code train} again; word embeddings by default
 * @param encoderLearningRate AdamW rate of the encoder's weights
 * @param headLearningRate AdamW rate of the head's rows
 * @param warmupSteps steps over which both rates rise linearly from zero
 * @param weightDecay decoupled decay of the encoder's matrices; vectors (biases, layer norms) and the head are left out
 * @param clipNorm largest global gradient norm; a longer gradient is scaled down to it
 * @param headScale factor on the cosine between embedding and class vector, the inverse temperature of the head
 * @param maxClasses most labels the head learns; samples of further ones are counted and not trained
 */
public record PolicyConfig(
        @Range(min = 1, max = 256) int threads,
        List<String> train,
        List<String> freeze,
        @Range(min = 0, max = 1) double encoderLearningRate,
        @Range(min = 0, max = 10) double headLearningRate,
        @Range(min = 0, max = 1_000_000) int warmupSteps,
        @Range(min = 0, max = 1) double weightDecay,
        @Range(min = 1e-6, max = 1e6) double clipNorm,
        @Range(min = 0.1, max = 1000) double headScale,
        @Range(min = 2, max = 1_000_000) int maxClasses) {

    public PolicyConfig {
        train = List.copyOf(train);
        freeze = List.copyOf(freeze);
    }
}
