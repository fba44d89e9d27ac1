package dev.millrace.trainer.snapshot;

import dev.millrace.contract.SnapshotStore;
import dev.millrace.inference.encoder.EncoderInput;
import dev.millrace.inference.encoder.ImagePreprocessing;
import dev.millrace.inference.encoder.Preprocessing;
import dev.millrace.inference.encoder.TextTokenizer;
import dev.millrace.schemas.GoldenProbe;
import dev.millrace.schemas.SnapshotInput;
import dev.millrace.schemas.SnapshotManifest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Writes into a manifest what inputs a version takes, and stores the file that preprocessing follows. */
record ManifestInputs(SnapshotStore store) {

    void describe(Preprocessing preprocessing, SnapshotManifest.Builder manifest) throws IOException {
        manifest.setInput(SnapshotInput.valueOf(preprocessing.kind().name())).setMaxTokens(0);
        if (preprocessing instanceof TextTokenizer tokenizer) {
            manifest.setTokenizerSha256(store.put(ByteBuffer.wrap(tokenizer.json())))
                    .setMaxTokens(tokenizer.maxTokens())
                    .setPrefix(tokenizer.prefix());
        } else if (preprocessing instanceof ImagePreprocessing images) {
            manifest.setPreprocessingSha256(store.put(ByteBuffer.wrap(images.json())));
        }
    }

    static GoldenProbe probe(SnapshotCapture.ProbeOutputs outputs) {
        List<String> texts = new ArrayList<>();
        List<ByteBuffer> images = new ArrayList<>();
        List<ByteBuffer> features = new ArrayList<>();
        for (EncoderInput input : outputs.inputs()) {
            if (input instanceof EncoderInput.Text text) {
                texts.add(text.text());
            } else if (input instanceof EncoderInput.Image image) {
                images.add(ByteBuffer.wrap(image.bytes()));
            } else if (input instanceof EncoderInput.Features vector) {
                features.add(vector.littleEndian());
            }
        }
        return new GoldenProbe(texts, images, features, flatten(outputs.embeddings()));
    }

    private static ByteBuffer flatten(float[][] rows) {
        int columns = rows.length == 0 ? 0 : rows[0].length;
        ByteBuffer bytes =
                ByteBuffer.allocate(rows.length * columns * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float[] row : rows) {
            for (float value : row) {
                bytes.putFloat(value);
            }
        }
        return bytes.flip();
    }
}
