package dev.millrace.inference.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contract.StartupException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TextTokenizerTest {
    @Test
    void padsToTheLongestRow() {
        try (TextTokenizer tokenizer = TinyEncoder.tokenizer()) {
            TokenBatch batch = tokenizer.encode(List.of("w0 w1", "w2"));

            assertThat(batch.rows()).isEqualTo(2);
            assertThat(batch.columns()).isEqualTo(4);
            assertThat(batch.inputIds()).containsExactly(1, 4, 5, 2, 1, 6, 2, 0);
            assertThat(batch.attentionMask()).containsExactly(1, 1, 1, 1, 1, 1, 1, 0);
            assertThat(batch.tokenTypeIds()).containsOnly(0);
        }
    }

    @Test
    void putsThePrefixBeforeEachText() {
        try (TextTokenizer plain = TinyEncoder.tokenizer();
                TextTokenizer tokenizer = TextTokenizer.parse(TinyEncoder.tokenizerJson(), 32, "w7 ", "tiny")) {
            List<EncoderInput> inputs = EncoderInput.texts(List.of("w0 w1", "w2"));

            TokenBatch prefixed = (TokenBatch) InputBatch.of(tokenizer.prepare(inputs));

            assertThat(prefixed.inputIds())
                    .containsExactly(plain.encode(List.of("w7 w0 w1", "w7 w2")).inputIds());
            assertThat(prefixed.inputIds()).startsWith(1, 11, 4, 5, 2, 1, 11, 6, 2);
        }
    }

    @Test
    void cutsLongTextsAndCountsWhatIsLeft() {
        try (TextTokenizer tokenizer = TextTokenizer.parse(TinyEncoder.tokenizerJson(), 5, "tiny")) {
            assertThat(tokenizer.count("w0 w1 w2 w3 w4 w5")).isEqualTo(5);
            assertThat(tokenizer.count("w0")).isEqualTo(3);
            assertThat(tokenizer.encode(List.of("w0 w1 w2 w3 w4 w5")).inputIds())
                    .containsExactly(1, 4, 5, 6, 2);
        }
    }

    @ParameterizedTest
    @EnumSource(RealEncoder.class)
    void leavesTheFilesOwnCuttingAndPaddingAside(RealEncoder real) {
        try (TextTokenizer tokenizer = real.tokenizer()) {
            assertThat(tokenizer.encode(List.of("river")).inputIds()).containsExactly(101, 2314, 102);
            assertThat(tokenizer.count("river ".repeat(500))).isEqualTo(256);
            assertThat(tokenizer.largestTokenId()).isEqualTo(30521);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\u0000", "\ud800", "a\ud83d b", "\ufeff", "\u202e", "\n\r\t", "\ud83d\ude42"})
    void anyStringIsTokenized(String text) {
        try (TextTokenizer tokenizer = TinyEncoder.tokenizer()) {
            assertThat(tokenizer.count(text)).isGreaterThanOrEqualTo(2);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "{", "[]", "{}", "{\"model\":{}}", "{\"model\":{\"vocab\":{\"a\":0}}}", "PK\u0003\u0004"})
    void refusesWhatIsNoTokenizer(String json) {
        assertThatThrownBy(() -> TextTokenizer.parse(json.getBytes(StandardCharsets.UTF_8), 16, "odd.json"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("odd.json is no tokenizer.json");
    }

    @Test
    void aMissingFileIsAStartFailureWithItsName(@TempDir Path folder) throws Exception {
        Path missing = folder.resolve("none.json");
        Path odd = Files.writeString(folder.resolve("odd.json"), "hello");

        assertThatThrownBy(() -> TextTokenizer.read(missing, 16))
                .isInstanceOf(StartupException.class)
                .hasMessageContaining(missing.toString());
        assertThatThrownBy(() -> TextTokenizer.read(odd, 16))
                .isInstanceOf(StartupException.class)
                .hasMessageContaining("odd.json is no tokenizer.json");
    }
}
