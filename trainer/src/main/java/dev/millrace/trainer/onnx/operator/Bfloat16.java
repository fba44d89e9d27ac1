package dev.millrace.trainer.onnx.operator;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * A linear layer in bfloat16: factors and result are rounded to 8 bits, sums are float32. Operands, result and gradients
 * are float32 outside of it. Thread-safe.
 *
 * <p>The engine's Java interface knows no bfloat16, a conversion to it ends the process (DJL 0.35.1). Its TorchScript does:
 * the layer is written in that language, and packed the way the engine stores programs (PyTorch 2.7,
 * {@code torch/csrc/jit/docs/serialization.md}): source, a pickled module without attributes, no constants.
 */
final class Bfloat16 {
    /** 15 and 6 are the engine's numbers of bfloat16 and float32. */
    private static final String SOURCE = """
            class Layer(Module):
              def forward(self: __torch__.Layer, x: Tensor, weight: Tensor%s) -> Tensor:
                return torch.to(torch.linear(torch.to(x, 15), torch.to(weight, 15)%s), 6)
            """;

    private static final PtSymbolBlock LAYER = load(String.format(SOURCE, "", ""));
    private static final PtSymbolBlock LAYER_WITH_BIAS =
            load(String.format(SOURCE, ", bias: Tensor", ", torch.to(bias, 15)"));

    private Bfloat16() {}

    /**
     * Returns {@code x W^T + b}.
     *
     * @param x [..., in]
     * @param weight W, [out, in]
     * @param bias [out] or null
     */
    static PtNDArray linear(PtNDArray x, PtNDArray weight, @Nullable PtNDArray bias) {
        JniUtils.setGraphExecutorOptimize(
                false); // by thread; the optimiser would record shapes first and recompile then
        try (PtNDArray input = unnamed(x);
                PtNDArray matrix = unnamed(weight)) {
            if (bias == null) {
                return run(LAYER, input, matrix);
            }
            try (PtNDArray vector = unnamed(bias)) {
                return run(LAYER_WITH_BIAS, input, matrix, vector);
            }
        }
    }

    private static PtNDArray run(PtSymbolBlock layer, PtNDArray... inputs) {
        return (PtNDArray) IValueUtils.forward(layer, new NDList(inputs), true).get(0);
    }

    /** Names would be taken for keys of a map. */
    private static PtNDArray unnamed(PtNDArray array) {
        return JniUtils.reshape(array, array.getShape().getShape());
    }

    private static PtSymbolBlock load(String source) {
        ByteArrayOutputStream archive = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(archive)) {
            entry(zip, "code/__torch__.py", source);
            entry(zip, "data.pkl", "\u0080\u0002c__torch__\nLayer\n)\u0081}b."); // Layer(), its attributes {}
            entry(zip, "constants.pkl", "\u0080\u0002)."); // ()
            entry(zip, "version", "3\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        NDManager manager = Engine.getEngine("PyTorch").newBaseManager(Device.cpu()); // lives as long as the process
        try {
            return JniUtils.loadModule(
                    (PtNDManager) manager, new ByteArrayInputStream(archive.toByteArray()), false, false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void entry(ZipOutputStream zip, String name, String content) throws IOException {
        zip.putNextEntry(new ZipEntry("layer/" + name));
        zip.write(content.getBytes(StandardCharsets.ISO_8859_1));
        zip.closeEntry();
    }
}
