package dev.millrace.trainer.learn;

import dev.millrace.trainer.grpo.GrpoConfig;
import dev.millrace.trainer.policy.OutputSet;
import java.util.List;

/**
 * What a learner needs to know beside its parts. Immutable.
 *
 * @param grpo objective, with inner steps and temperature
 * @param headScale factor on the cosine of the head
 * @param replay rehearsal
 * @param seed of every random draw
 * @param maxClasses most labels the output set ever holds; samples of further ones are counted and not trained
 * @param sourceTopic topic the samples came from, for the lineage
 */
public record LearnerSettings(
        GrpoConfig grpo, double headScale, ReplayConfig replay, long seed, int maxClasses, String sourceTopic) {

    OutputSet outputs(List<String> labels) {
        return OutputSet.open(labels, maxClasses);
    }
}
