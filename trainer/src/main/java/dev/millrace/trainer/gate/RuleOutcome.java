package dev.millrace.trainer.gate;

import dev.millrace.schemas.GateRule;

/**
 * One rule applied. Immutable.
 *
 * @param rule which one
 * @param passed whether the challenger keeps it
 * @param value what was measured; for yes-or-no rules 1 is good and 0 is bad
 * @param limit what {@code value} is compared with
 * @param detail one sentence for people
 */
public record RuleOutcome(GateRule rule, boolean passed, double value, double limit, String detail) {}
