package dev.millrace.trainer.snapshot;

import dev.millrace.trainer.learn.WeightSettings;

/**
 * What every manifest of one trainer says about how the weights came to be.
 *
 * @param model model name
 * @param preset objective preset
 * @param settings that shape the weights
 * @param threads native training threads
 * @param cpu CPU model of this machine
 * @param device that trains: {@code cpu} or {@code gpu}
 * @param headScale factor on the cosine of the head
 */
public record SnapshotRecipe(
        String model,
        String preset,
        WeightSettings settings,
        int threads,
        String cpu,
        String device,
        double headScale) {}
