/**
 * In comes a capture of the learner's state; out go stored blobs, a manifest and the proof that the serving runtime
 * computes what the training runtime computes.
 *
 * <p>Nothing is announced here. Blobs are durable before the manifest that names them leaves this room. Owned by the
 * publishing thread.
 */
@NullMarked
package dev.millrace.trainer.snapshot;

import org.jspecify.annotations.NullMarked;
