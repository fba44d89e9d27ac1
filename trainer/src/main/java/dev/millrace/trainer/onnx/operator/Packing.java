package dev.millrace.trainer.onnx.operator;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Takes the padding of a batch of texts out and puts it in again. Our own operators: no file has them. They move numbers
 * and compute nothing; without padding they are views. Stateless.
 */
final class Packing {
    private Packing() {}

    static void register(Map<String, Operator.Factory> registry) {
        registry.put(OperatorRegistry.LENGTHS, node -> in -> lengths(in.host(0)));
        registry.put(OperatorRegistry.PACK, Operator.plain(Packing::pack));
        registry.put(OperatorRegistry.UNPACK, Operator.plain(Packing::unpack));
    }

    /**
     * Reads a mask.
     *
     * @param mask [rows, columns], 1 for a token and 0 for padding
     * @return tokens of each row, [rows], and columns, a scalar; where padding does not stand behind all tokens of its row,
     *     every cell counts as a token
     */
    private static Value[] lengths(HostTensor mask) {
        int rows = (int) mask.shape()[0];
        int columns = (int) mask.shape()[1];
        long[] lengths = new long[rows];
        boolean isPadding = true;
        for (int row = 0; row < rows; row++) {
            for (int at = row * columns; at < (row + 1) * columns; at++) {
                long bit = mask.values()[at];
                isPadding &= bit == 0 || (bit == 1 && lengths[row] == at - row * columns);
                lengths[row] += bit;
            }
        }
        if (!isPadding) {
            Arrays.fill(lengths, columns);
        }
        return new Value[] {HostTensor.vector(lengths), HostTensor.vector(columns)};
    }

    /** Runs of cells, tokens and padding in turns, over the rows one after the other. */
    private record Runs(long[] tokens, long[] padding, boolean isFull) {
        static Runs of(Operands in) {
            long columns = in.longs(2)[0];
            List<Long> tokens = new ArrayList<>();
            List<Long> padding = new ArrayList<>();
            long run = 0;
            for (long length : in.longs(1)) {
                run += length;
                if (length < columns) {
                    tokens.add(run);
                    padding.add(columns - length);
                    run = 0;
                }
            }
            if (run > 0) {
                tokens.add(run);
                padding.add(0L);
            }
            return new Runs(
                    array(tokens), array(padding), Arrays.stream(array(padding)).allMatch(cells -> cells == 0));
        }

        private static long[] array(List<Long> numbers) {
            return numbers.stream().mapToLong(Long::longValue).toArray();
        }

        /** Both in their order. */
        long[] inTurns() {
            long[] all = new long[2 * tokens.length];
            Arrays.setAll(all, i -> i % 2 == 0 ? tokens[i / 2] : padding[i / 2]);
            return all;
        }
    }

    /** {@code [rows, columns, ...]} to {@code [tokens, ...]}. */
    private static Value pack(Operands in) {
        long[] shape = in.shape(0);
        long rows = in.shape(1)[0];
        if (shape.length < 2 || shape[0] != rows || shape[1] != in.longs(2)[0]) {
            throw new IllegalArgumentException("a value for each token must be [" + rows + ", " + in.longs(2)[0]
                    + ", ...], was " + Arrays.toString(shape));
        }
        long[] cells = Arrays.copyOfRange(shape, 1, shape.length);
        cells[0] = shape[0] * shape[1];
        Runs runs = Runs.of(in);
        if (runs.isFull()) {
            return new Tensor(in.array(0).reshape(new Shape(cells)));
        }
        try (NDArray flat = in.array(0).reshape(new Shape(cells));
                NDList parts = JniUtils.split((PtNDArray) flat, runs.inTurns(), 0)) {
            PtNDArray[] tokens = new PtNDArray[runs.tokens().length];
            Arrays.setAll(tokens, i -> (PtNDArray) parts.get(2 * i));
            return new Tensor(JniUtils.cat(tokens, 0));
        }
    }

    /** {@code [tokens, ...]} to {@code [rows, columns, ...]}, zeros for padding. */
    private static Value unpack(Operands in) {
        long[] shape = in.shape(0);
        long[] whole = new long[shape.length + 1];
        System.arraycopy(shape, 1, whole, 2, shape.length - 1);
        whole[0] = in.shape(1)[0];
        whole[1] = in.longs(2)[0];
        Runs runs = Runs.of(in);
        if (runs.isFull()) {
            return new Tensor(in.array(0).reshape(new Shape(whole)));
        }
        long[] zeros = shape.clone();
        zeros[0] = Arrays.stream(runs.padding()).sum();
        try (NDList tokens = JniUtils.split((PtNDArray) in.array(0), runs.tokens(), 0);
                NDArray padding = in.manager().zeros(new Shape(zeros));
                NDList gaps = JniUtils.split((PtNDArray) padding, runs.padding(), 0)) {
            PtNDArray[] parts = new PtNDArray[2 * tokens.size()];
            Arrays.setAll(parts, i -> (PtNDArray) (i % 2 == 0 ? tokens : gaps).get(i / 2));
            try (NDArray cells = JniUtils.cat(parts, 0)) {
                return new Tensor(cells.reshape(new Shape(whole)));
            }
        }
    }
}
