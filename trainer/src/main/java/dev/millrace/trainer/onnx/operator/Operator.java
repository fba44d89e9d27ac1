package dev.millrace.trainer.onnx.operator;

/**
 * One node, ready to run: attributes are read and checked. Stateless.
 */
@FunctionalInterface
public interface Operator {
    /**
     * Computes the outputs.
     *
     * @return one fresh value per output of the node, never an operand itself
     */
    Value[] run(Operands in);

    /** An operator with one output. */
    @FunctionalInterface
    interface Single {
        Value run(Operands in);
    }

    /** Reads a node's attributes. */
    @FunctionalInterface
    interface Factory {
        /**
         * Returns the operator for a node.
         *
         * @throws UnsupportedNodeException if this form of the operator is not implemented
         */
        Operator create(NodeView node) throws UnsupportedNodeException;
    }

    /** Returns an operator with one output. */
    static Operator single(Single operator) {
        return in -> new Value[] {operator.run(in)};
    }

    /** Returns a factory for an operator with one output and no attributes. */
    static Factory plain(Single operator) {
        return node -> single(operator);
    }
}
