/**
 * In come entries of the training log; out go updated weights, checkpoints and captures.
 *
 * <p>The state after an entry is a pure function of base model, settings and the log up to that entry: nothing here reads a
 * clock, the number of threads aside. Its position is stored inside the checkpoint. Owned by the trainer thread; the
 * training log has a reader thread of its own, checkpoints a writer thread.
 */
@NullMarked
package dev.millrace.trainer.learn;

import org.jspecify.annotations.NullMarked;
