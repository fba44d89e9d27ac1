package dev.millrace.verify;

import java.util.Map;

/** What the processes of a proof are told over the shipped configuration. Stateless. */
final class Settings {
    /** Small batches, and checkpoints and promoted versions as often as they can be had. */
    static final Map<String, String> RESTLESS = Map.ofEntries(
            Map.entry("TRAINER_SAMPLE_PARTITIONS", "2"),
            Map.entry("TRAINER_BATCH__SIZE", "8"),
            Map.entry("TRAINER_BATCH__MAX_WAIT", "500ms"),
            Map.entry("TRAINER_POLICY__THREADS", "1"),
            Map.entry("TRAINER_REPLAY__PER_BATCH", "8"),
            Map.entry("TRAINER_REPLAY__CAPACITY", "200"),
            Map.entry("TRAINER_CHECKPOINT__EVERY", "300ms"),
            Map.entry("TRAINER_SNAPSHOT__EVERY", "1s"),
            Map.entry("TRAINER_SNAPSHOT__EVERY_STEPS", "10"),
            Map.entry("TRAINER_SNAPSHOT__KEEP", "10"),
            Map.entry("TRAINER_JUDGE__HOLDOUT_SAMPLES", "40"),
            Map.entry("TRAINER_JUDGE__GALLERY_SAMPLES", "40"),
            Map.entry("TRAINER_GATE__KNN_MARGIN", "1"),
            Map.entry("TRAINER_GATE__MAX_MEAN_COSINE", "1"),
            Map.entry("TRAINER_GATE__MIN_EFFECTIVE_RANK_OF_FROZEN", "0"),
            Map.entry("TRAINER_GATE__MIN_HOLDOUT", "10"),
            Map.entry("INFERENCE_ENCODE__THREADS", "1"));

    private Settings() {}
}
