package dev.millrace.inference.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contract.StartupException;
import dev.millrace.inference.encoder.EncoderInput;
import dev.millrace.inference.encoder.InputKind;
import dev.millrace.inference.encoder.ModelConfig;
import dev.millrace.inference.encoder.NumberEncoders;
import dev.millrace.inference.encoder.TinyEncoder;
import dev.millrace.schemas.SwapOutcome;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BaseModelTest {
    @TempDir
    Path directory;

    private Path file;
    private Path tokenizer;

    @BeforeEach
    void writeFiles() throws Exception {
        file = Files.write(
                directory.resolve("tiny.onnx"), TinyEncoder.model(13).build().toByteArray());
        tokenizer = Files.write(directory.resolve("tokenizer.json"), TinyEncoder.tokenizerJson());
    }

    @Test
    void isVersionZeroWithoutAHead() {
        BaseModel base = new BaseModel(TinyEncoder.config(file, tokenizer));
        base.check();

        try (EmbeddingModel model = ((LoadResult.Loaded) base.load()).model()) {
            assertThat(model.version()).isZero();
            assertThat(model.labels()).isEmpty();
            assertThat(model.encode(EncoderInput.texts(List.of("w1", "w2 w3"))).size())
                    .isEqualTo(2);
        }
    }

    @Test
    void missingFilesAreStartFailuresWithTheirNames() {
        Path missing = directory.resolve("none");

        assertThatThrownBy(() -> new BaseModel(TinyEncoder.config(missing, tokenizer)).check())
                .isInstanceOf(StartupException.class)
                .hasMessage("no file " + missing + "; give a plain float32 ONNX encoder as model.file");
        assertThatThrownBy(() -> new BaseModel(TinyEncoder.config(file, missing)).check())
                .isInstanceOf(StartupException.class)
                .hasMessage("no file " + missing + "; give the model's tokenizer.json as model.tokenizer");
        assertThat(new BaseModel(TinyEncoder.config(missing, tokenizer)).load())
                .isInstanceOfSatisfying(LoadResult.Refused.class, refused -> {
                    assertThat(refused.outcome()).isEqualTo(SwapOutcome.LOAD_FAILED);
                    assertThat(refused.detail()).startsWith("no file " + missing);
                });
    }

    @Test
    void aModelOfAnotherKindThanConfiguredIsAStartFailure() throws Exception {
        ModelConfig text = TinyEncoder.config(file, tokenizer);
        ModelConfig wrong = new ModelConfig(
                "tiny", InputKind.IMAGE, file, tokenizer, 32, "", tokenizer, text.pooling(), text.output());

        assertThatThrownBy(() -> new BaseModel(wrong).check())
                .isInstanceOf(StartupException.class)
                .hasMessageContaining("reads TEXT by its inputs [input_ids, attention_mask], but model.input is IMAGE")
                .hasMessageContaining("set model.input to TEXT");
    }

    @Test
    void preprocessingOfAnotherModelIsAStartFailure() throws Exception {
        ModelConfig images = NumberEncoders.imagesIn(directory);
        new BaseModel(images).check();
        Files.writeString(images.preprocessing(), "{\"crop_pct\": 0.9}");

        assertThatThrownBy(() -> new BaseModel(images).check())
                .isInstanceOf(StartupException.class)
                .hasMessageContaining(images.preprocessing().toString())
                .hasMessageContaining("[crop_pct] may change pixels");
        Files.delete(images.preprocessing());
        assertThatThrownBy(() -> new BaseModel(images).check())
                .isInstanceOf(StartupException.class)
                .hasMessage("no file " + images.preprocessing() + "; give the model's preprocessor_config.json as"
                        + " model.preprocessing");
    }

    @Test
    void aFileCutShortIsAStartFailure() throws Exception {
        byte[] whole = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(whole, whole.length - 40));

        assertThatThrownBy(() -> new BaseModel(TinyEncoder.config(file, tokenizer)).check())
                .isInstanceOf(StartupException.class)
                .hasMessageContaining("cut short");
    }

    @Test
    void aFileBeyondTheFormatsLimitIsAStartFailure() throws Exception {
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(3L << 30); // takes no room on the disk
        }

        assertThatThrownBy(() -> new BaseModel(TinyEncoder.config(file, tokenizer)).check())
                .isInstanceOf(StartupException.class)
                .hasMessageContaining(file + " is refused: has 3221225472 bytes; an ONNX file ends at 2 GB");
    }

    @Test
    void aTokenizerOfAnotherModelIsAStartFailure() throws Exception {
        String json = new String(TinyEncoder.tokenizerJson(), StandardCharsets.UTF_8);
        Files.writeString(tokenizer, json.replace("\"w0\":4", "\"w0\":40"));

        assertThatThrownBy(() -> new BaseModel(TinyEncoder.config(file, tokenizer)).check())
                .isInstanceOf(StartupException.class)
                .hasMessageContaining("token ids up to 40");
    }
}
