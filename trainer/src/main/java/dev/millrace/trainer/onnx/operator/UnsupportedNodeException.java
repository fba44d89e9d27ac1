package dev.millrace.trainer.onnx.operator;

/** A node asks for something this executor does not do. The message is the reason, without the node's name. */
public final class UnsupportedNodeException extends Exception {
    public UnsupportedNodeException(String reason) {
        super(reason);
    }
}
