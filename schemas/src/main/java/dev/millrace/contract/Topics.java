package dev.millrace.contract;

import java.util.regex.Pattern;

/**
 * Names of every topic, under one prefix. Immutable.
 *
 * @param prefix put before each name, for example {@code millrace.}; letters, digits, dot, dash and underscore, may be
 *     empty
 */
public record Topics(String prefix) {
    private static final Pattern ALLOWED = Pattern.compile("[a-zA-Z0-9._-]{0,100}");

    public Topics {
        if (!ALLOWED.matcher(prefix).matches()) {
            throw new KafkaConfig.WrongValueException(
                    "topicPrefix", "must match " + ALLOWED.pattern() + ", was \"" + prefix + "\"");
        }
    }

    /** Labelled samples from producers; any number of partitions; key = sample id. */
    public String samples() {
        return prefix + "samples";
    }

    /** The training log: one partition per model. */
    public String batches() {
        return prefix + "batches";
    }

    /** Samples that are never trained on; key = sample id. */
    public String holdout() {
        return prefix + "holdout";
    }

    /** Refused records with cause and original bytes. */
    public String deadLetters() {
        return prefix + "dead-letters";
    }

    /** Manifests; compacted; key = {@code model:version}. */
    public String snapshots() {
        return prefix + "snapshots";
    }

    /** Which version is to be served; compacted; key = model. */
    public String promotions() {
        return prefix + "promotions";
    }

    /** Gate verdicts with their figures; key = model. */
    public String evaluations() {
        return prefix + "evaluations";
    }

    /** What each inference instance did; compacted; key = instance. */
    public String servingStatus() {
        return prefix + "serving-status";
    }
}
