/**
 * Tokens of a batch come in, logits go out; a gradient at the logits comes in, changed weights go out.
 *
 * <p>Invariants: output sets only grow, so an index means the same label for the life of a model; every random choice
 * comes from a {@link dev.millrace.trainer.policy.SeededRandom} whose state is part of the checkpoint; an update either
 * changes all weights or, if a gradient is not finite, none.
 *
 * <p>Owned by the trainer thread.
 */
@NullMarked
package dev.millrace.trainer.policy;

import org.jspecify.annotations.NullMarked;
