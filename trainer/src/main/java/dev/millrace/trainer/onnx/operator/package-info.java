/**
 * ONNX operators as functions over engine arrays: a node of the graph comes in, an {@link Operator} goes out; when it is
 * run, operands come in and fresh values go out. {@link OperatorRegistry} is the one list of what is supported.
 *
 * <p>Invariants: an operator never returns one of its operands (the caller frees both separately; use
 * {@link Operands#alias}); it closes every array it made and does not return; it keeps no state between runs. Integer
 * values that only describe shapes stay on the host as {@link HostTensor} and cost no native call.
 *
 * <p>Owned by the trainer thread.
 */
@NullMarked
package dev.millrace.trainer.onnx.operator;

import org.jspecify.annotations.NullMarked;
