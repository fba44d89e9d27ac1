package dev.millrace.standalone.cli;

import java.util.HashMap;
import java.util.Map;

/** What the quickstart trains, as variables of the trainer. */
enum Profile {
    /** The upper four layers of six, no replay: the backward pass ends below them, which saves a third of a step. */
    FAST("layers 3 to 6 of 6, no replay"),
    /** The shipped preset: every layer, each batch beside as many replayed samples. */
    FULL("every layer, with replay");

    /**
     * A stream of minutes shows several versions, judged on fewer samples, and needs the larger of the rates that were found
     * good.
     */
    private static final Map<String, String> SHORT_STREAM = Map.of(
            "TRAINER_POLICY__ENCODER_LEARNING_RATE", "1e-4",
            "TRAINER_POLICY__SCHEDULE__WARMUP_STEPS", "8",
            "TRAINER_SNAPSHOT__EVERY_STEPS", "25",
            "TRAINER_SNAPSHOT__EVERY", "10s",
            "TRAINER_JUDGE__HOLDOUT_SAMPLES", "200",
            "TRAINER_JUDGE__GALLERY_SAMPLES", "400",
            "TRAINER_CHECKPOINT__EVERY", "10s");

    private static final Map<String, String> UPPER_LAYERS =
            Map.of("TRAINER_POLICY__TRAIN", "encoder/layer.[2-5]/**", "TRAINER_REPLAY__PER_BATCH", "0");

    private final String meaning;

    Profile(String meaning) {
        this.meaning = meaning;
    }

    String meaning() {
        return meaning;
    }

    /** The profile's variables, under those that the user has set. */
    Map<String, String> environment(Map<String, String> users) {
        Map<String, String> all = new HashMap<>(SHORT_STREAM);
        all.putAll(this == FAST ? UPPER_LAYERS : Map.of());
        all.putAll(users);
        return all;
    }
}
