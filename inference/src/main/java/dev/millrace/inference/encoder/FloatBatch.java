package dev.millrace.inference.encoder;

import java.util.Arrays;
import java.util.List;

/**
 * Images or feature vectors as one tensor of numbers. The array is handed over, not copied.
 *
 * @param rows number of inputs, at least 1
 * @param rowShape shape of one: {@code [channels, height, width]} or {@code [dimension]}
 * @param values {@code [rows, rowShape...]}, row-major
 */
public record FloatBatch(int rows, List<Integer> rowShape, float[] values) implements InputBatch {
    public FloatBatch {
        rowShape = List.copyOf(rowShape);
        long cells = rowShape.stream().mapToLong(Integer::longValue).reduce(rows, Math::multiplyExact);
        if (rows < 1 || cells != values.length) {
            throw new IllegalArgumentException(
                    "a batch of " + rows + " x " + rowShape + " needs " + cells + " numbers, had " + values.length);
        }
    }

    /** Inputs of one shape, in their order. */
    static FloatBatch of(List<? extends PreparedInput.Numbers> inputs) {
        List<Integer> shape = inputs.get(0).shape();
        int size = shape.stream().reduce(1, Math::multiplyExact);
        float[] values = new float[Math.multiplyExact(inputs.size(), size)];
        for (int row = 0; row < inputs.size(); row++) {
            inputs.get(row).copyTo(values, row * size);
        }
        return new FloatBatch(inputs.size(), shape, values);
    }

    /** Shape of the tensor. */
    public long[] shape() {
        long[] shape = new long[1 + rowShape.size()];
        shape[0] = rows;
        Arrays.setAll(shape, axis -> axis == 0 ? rows : rowShape.get(axis - 1));
        return shape;
    }

    @Override
    public int[] tokens() {
        return new int[rows];
    }

    @Override
    public FloatBatch select(int[] chosen) {
        int size = values.length / rows;
        float[] selected = new float[chosen.length * size];
        for (int i = 0; i < chosen.length; i++) {
            System.arraycopy(values, chosen[i] * size, selected, i * size, size);
        }
        return new FloatBatch(chosen.length, rowShape, selected);
    }
}
