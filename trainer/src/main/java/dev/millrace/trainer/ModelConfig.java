package dev.millrace.trainer;

import dev.millrace.contract.Range;
import dev.millrace.inference.encoder.Pooling;
import java.nio.file.Path;

/**
 * The pretrained encoder.
 *
 * @param name names the model in topics, replies and the training log; letters, digits, dot, dash, underscore
 * @param file plain float32 ONNX file; never changed
 * @param tokenizer its Hugging Face {@code tokenizer.json}
 * @param maxTokens longest input in tokens, special tokens included; longer texts are cut, in training and serving alike
 * @param pooling how token vectors become one embedding
 */
public record ModelConfig(
        String name,
        Path file,
        Path tokenizer,
        @Range(min = 2, max = 8192) int maxTokens,
        Pooling pooling) {
    public ModelConfig {
        if (!name.matches("[a-zA-Z0-9._-]{1,100}")) {
            throw new IllegalArgumentException(
                    "name must be 1 to 100 letters, digits, dots, dashes or underscores, was \"" + name + "\"");
        }
    }
}
