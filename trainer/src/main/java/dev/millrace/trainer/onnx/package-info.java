/**
 * An ONNX graph comes in; a program that runs it on the engine, with gradients for its weights, goes out.
 *
 * <p>{@link dev.millrace.trainer.onnx.ParameterStore} holds the weights as autograd leaves,
 * {@link dev.millrace.trainer.onnx.TrainSelector} says which of them train,
 * {@link dev.millrace.trainer.onnx.GraphExecutor} compiles the graph once, and each step runs it as a
 * {@link dev.millrace.trainer.onnx.GraphRun}.
 *
 * <p>Invariants: everything a run makes belongs to the step's manager and is gone when that is closed; values are closed
 * after their last use (the engine keeps what the backward pass needs); parameters and caller's inputs are never closed
 * by a run; no gradient is recorded below the lowest trained weight.
 *
 * <p>Owned by the trainer thread. The engine allows one gradient collector in the process at a time, and its gradient
 * mode belongs to the thread.
 */
@NullMarked
package dev.millrace.trainer.onnx;

import org.jspecify.annotations.NullMarked;
