package dev.millrace.trainer.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.regex.PatternSyntaxException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NameGlobTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "**                      | encoder/layer.0/dense/MatMul | true",
                "*                       | encoder/layer.0              | false",
                "*                       | encoder.layer.0              | true",
                "encoder/layer.[3-5]/**  | encoder/layer.4/dense/MatMul | true",
                "encoder/layer.[3-5]/**  | encoder/layer.6/dense/MatMul | false",
                "encoder/layer.[!3-5]/** | encoder/layer.6/dense/MatMul | true",
                "encoder/layer?3         | encoder/layer.3              | true",
                "encoder?layer           | encoder/layer                | false",
                "encoder[/.]layer        | encoder/layer                | false",
                "**/{query,key}/*        | a/key/MatMul                 | true",
                "**/{query,key}/*        | a/value/MatMul               | false",
                "onnx::MatMul_*          | onnx::MatMul_17              | true",
                "w.weight                | wxweight                     | false",
                "w\\*                    | w*                           | true",
                "w\\*                    | ww                           | false",
                "w(1)+^$&&[&]            | w(1)+^$&&&                   | true"
            })
    void matchesAsDocumented(String glob, String name, boolean expected) {
        assertThat(new NameGlob(glob).matches(name)).isEqualTo(expected);
    }

    @Test
    void takesNamesThatAreNoPathsOfTheFileSystem() {
        assertThat(new NameGlob("**/MatMul").matches("слой/0\0/MatMul")).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"layer.[7", "layer.[]", "'{a,b'", "'{a,{b}}'", "w\\", "[5-3]"})
    void refusesWhatIsMalformed(String glob) {
        assertThatThrownBy(() -> new NameGlob(glob)).isInstanceOf(PatternSyntaxException.class);
    }
}
