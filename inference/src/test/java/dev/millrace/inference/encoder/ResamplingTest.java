package dev.millrace.inference.encoder;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Pixels worked out by hand from Pillow's formulas. */
class ResamplingTest {
    /**
     * Halving 4 pixels widens the triangle to 4 pixels: weights 3/7, 3/7, 1/7 and their mirror. Doubling takes 3/4 and 1/4.
     * The cubic doubled takes w(1/4) = 0.8671875 and w(3/4) = 0.2265625 in the middle; at the ends w(5/4) = -0.0703125 is
     * negative, and the result is cut at 0 and 255.
     */
    static Stream<Arguments> rows() {
        return Stream.of(
                Arguments.of(Resampling.BILINEAR, new int[] {0, 100, 200, 40}, new int[] {71, 117}),
                Arguments.of(Resampling.BILINEAR, new int[] {0, 100}, new int[] {0, 25, 75, 100}),
                Arguments.of(Resampling.BICUBIC, new int[] {0, 100}, new int[] {0, 21, 79, 109}),
                Arguments.of(Resampling.BICUBIC, new int[] {0, 250}, new int[] {0, 52, 198, 255}),
                Arguments.of(Resampling.NEAREST, new int[] {1, 2, 3, 4}, new int[] {2, 4}),
                Arguments.of(Resampling.NEAREST, new int[] {1, 2, 3}, new int[] {1, 1, 2, 3, 3}),
                Arguments.of(Resampling.BILINEAR, new int[] {9, 9, 9, 9, 9}, new int[] {9, 9, 9}),
                Arguments.of(Resampling.BICUBIC, new int[] {7, 3}, new int[] {7, 3}));
    }

    @ParameterizedTest
    @MethodSource("rows")
    void widthIsResized(Resampling filter, int[] row, int[] expected) {
        RgbImage resized = filter.resize(new RgbImage(row.length, 1, coloured(row)), expected.length, 1);

        assertThat(resized.width()).isEqualTo(expected.length);
        assertThat(resized.rgb()).isEqualTo(coloured(expected));
    }

    @ParameterizedTest
    @MethodSource("rows")
    void heightIsResizedInTheSameWay(Resampling filter, int[] column, int[] expected) {
        RgbImage resized = filter.resize(new RgbImage(1, column.length, coloured(column)), 1, expected.length);

        assertThat(resized.height()).isEqualTo(expected.length);
        assertThat(resized.rgb()).isEqualTo(coloured(expected));
    }

    /** Equal rows stay equal, whatever becomes of their number. */
    @ParameterizedTest
    @MethodSource("rows")
    void bothDirectionsAreTheOneAfterTheOther(Resampling filter, int[] row, int[] expected) {
        byte[] twoRows = new byte[2 * coloured(row).length];
        System.arraycopy(coloured(row), 0, twoRows, 0, coloured(row).length);
        System.arraycopy(coloured(row), 0, twoRows, coloured(row).length, coloured(row).length);

        RgbImage resized = filter.resize(new RgbImage(row.length, 2, twoRows), expected.length, 3);

        for (int y = 0; y < 3; y++) {
            int from = y * expected.length * RgbImage.CHANNELS;
            assertThat(Arrays.copyOfRange(resized.rgb(), from, from + expected.length * RgbImage.CHANNELS))
                    .isEqualTo(coloured(expected));
        }
    }

    /** Each value in all three colours. */
    private static byte[] coloured(int[] values) {
        byte[] rgb = new byte[values.length * RgbImage.CHANNELS];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) values[i / RgbImage.CHANNELS];
        }
        return rgb;
    }
}
