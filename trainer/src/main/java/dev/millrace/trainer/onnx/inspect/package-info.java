/**
 * A model file comes in; a report goes out that says whether it can be trained, what would train and what that needs.
 *
 * <p>Nothing is judged here that {@link dev.millrace.inference.encoder.EncoderGraph} and
 * {@link dev.millrace.trainer.onnx.GraphExecutor} do not judge when training starts: the report asks them.
 *
 * <p>Runs on one thread, in a process that does not train.
 */
@NullMarked
package dev.millrace.trainer.onnx.inspect;

import org.jspecify.annotations.NullMarked;
