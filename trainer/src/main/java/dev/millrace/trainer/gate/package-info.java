/**
 * The figures of a challenger and of the version being served come in; a verdict with every rule behind it goes out.
 *
 * <p>Invariants: pure functions without clock or state; a NaN never passes a rule that judges it; every rule is always
 * evaluated, so a verdict tells all that is wrong.
 *
 * <p>Any thread; used by the trainer's.
 */
@NullMarked
package dev.millrace.trainer.gate;

import org.jspecify.annotations.NullMarked;
