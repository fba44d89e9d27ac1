package dev.millrace.standalone.deadletters;

/** What a replay does with one dead letter. */
public enum ReplayOutcome {
    /** Sent to the samples topic again. */
    REPLAYED,
    /** A replay of it is in the samples or dead-letters topic already: it was accepted then, or is a later letter now. */
    ALREADY_REPLAYED,
    /** It is what came of a replay, and was refused once more. Replayed only when asked for. */
    REFUSED_AGAIN,
    /** The samples topic no longer holds what followed it, so an earlier replay might have been. Only when asked for. */
    MARK_MAY_BE_GONE,
    /** The record's bytes were too large for a letter and stayed behind in the samples topic. */
    NOT_KEPT
}
