package dev.millrace.trainer.onnx.operator;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NativeArraysTest {
    @ParameterizedTest
    @CsvSource({
        "INT64, -9223372036854775808, 9223372036854775807",
        "INT32, -2147483648, 2147483647",
        "INT8, -128, 127",
        "UINT8, 0, 255",
        "BOOLEAN, 0, 1"
    })
    void infinityIsTheExtremeOfATypeOfWholeNumbers(DataType type, long least, long most) {
        try (NDManager manager = NDManager.newBaseManager()) {
            assertThat(filled(manager, Double.NEGATIVE_INFINITY, type)).containsExactly(least, least);
            assertThat(filled(manager, Double.POSITIVE_INFINITY, type)).containsExactly(most, most);
            assertThat(filled(manager, 1, type)).containsExactly(1, 1);
        }
    }

    private static long[] filled(NDManager manager, double value, DataType type) {
        NDArray array = NativeArrays.filled(manager, value, new Shape(2), type);
        assertThat(array.getDataType()).isEqualTo(type);
        return array.toType(DataType.INT64, true).toLongArray();
    }
}
