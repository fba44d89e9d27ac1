/** Generated networks in the node patterns that PyTorch's exporters write, with seeded random weights. */
@NullMarked
package dev.millrace.trainer.onnx.zoo;

import org.jspecify.annotations.NullMarked;
