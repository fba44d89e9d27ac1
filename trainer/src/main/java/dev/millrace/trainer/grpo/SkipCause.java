package dev.millrace.trainer.grpo;

/** Why a sample had no part in an update. */
public enum SkipCause {
    /** The target is {@link Objective#NO_LABEL}. */
    MISSING_LABEL,
    /** The target is no index of the output set. */
    OUTSIDE_OUTPUT_SET,
    /** The label is retired. */
    RETIRED_LABEL,
    /** Fewer than two classes are in use: nothing to compare. */
    SINGLE_CLASS,
    /** A logit, an old log-probability or a result is NaN or infinite. */
    NON_FINITE,
    /** All outputs earn the same, within {@value Advantages#ZERO_STD}. */
    ZERO_VARIANCE,
    /** The old policy is already surer of the label than {@link GrpoConfig#maxConfidence()}. */
    CONFIDENT
}
