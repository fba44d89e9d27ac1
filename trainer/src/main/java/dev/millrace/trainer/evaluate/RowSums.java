package dev.millrace.trainer.evaluate;

/** The one hot loop of this room, in the form the compiler turns into vector instructions. Stateless. */
final class RowSums {
    private RowSums() {}

    /**
     * {@code sums[j] += sum over r of coefficients[r] * matrix[r * width + j]}.
     *
     * <p>Four rows at a time, so each sum is loaded once for four products; the order of additions is fixed.
     *
     * @param matrix {@code [rows][width]}, row-major
     * @param coefficients {@code [rows]}
     * @param rows rows to use
     * @param sums {@code [width]}; changed
     */
    static void add(float[] matrix, float[] coefficients, int rows, float[] sums) {
        int width = sums.length;
        int r = 0;
        for (; r + 4 <= rows; r += 4) {
            addFour(matrix, coefficients, r, sums);
        }
        for (; r < rows; r++) {
            float c = coefficients[r];
            int base = r * width;
            for (int j = 0; j < width; j++) {
                sums[j] += c * matrix[base + j];
            }
        }
    }

    private static void addFour(float[] matrix, float[] coefficients, int row, float[] sums) {
        int width = sums.length;
        float c0 = coefficients[row];
        float c1 = coefficients[row + 1];
        float c2 = coefficients[row + 2];
        float c3 = coefficients[row + 3];
        int base0 = row * width;
        int base1 = base0 + width;
        int base2 = base1 + width;
        int base3 = base2 + width;
        for (int j = 0; j < width; j++) {
            sums[j] += (c0 * matrix[base0 + j] + c1 * matrix[base1 + j])
                    + (c2 * matrix[base2 + j] + c3 * matrix[base3 + j]);
        }
    }
}
