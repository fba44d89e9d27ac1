package dev.millrace.trainer.snapshot;

/**
 * What every manifest of one trainer says about how the weights came to be.
 *
 * @param model model name
 * @param preset objective preset
 * @param configSha256 digest of the settings that shape the weights
 * @param threads native training threads
 * @param cpu CPU model of this machine
 * @param device that trains: {@code cpu} or {@code gpu}
 * @param headScale factor on the cosine of the head
 */
public record SnapshotRecipe(
        String model, String preset, String configSha256, int threads, String cpu, String device, double headScale) {}
