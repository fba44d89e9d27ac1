/**
 * In comes a published version; out goes a verdict with every figure behind it, and the promotion that follows.
 *
 * <p>Champion and challenger are embedded by the serving runtime on the same samples. Owned by the publishing thread.
 */
@NullMarked
package dev.millrace.trainer.judge;

import org.jspecify.annotations.NullMarked;
