package dev.millrace.trainer.snapshot;

import dev.millrace.contract.SnapshotStore;
import dev.millrace.inference.encoder.EncoderInput;
import dev.millrace.inference.encoder.Preprocessing;
import dev.millrace.inference.encoder.TextTokenizer;
import dev.millrace.schemas.GoldenProbe;
import dev.millrace.schemas.SnapshotManifest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Writes into a manifest what inputs a version takes, and stores the file that preprocessing follows. */
record ManifestInputs(SnapshotStore store) {

    void describe(Preprocessing preprocessing, SnapshotManifest.Builder manifest) throws IOException {
        TextTokenizer tokenizer = (TextTokenizer) preprocessing;
        manifest.setTokenizerSha256(store.put(ByteBuffer.wrap(tokenizer.json())))
                .setMaxTokens(tokenizer.maxTokens());
    }

    static GoldenProbe probe(SnapshotCapture.ProbeOutputs outputs) {
        List<String> texts = new ArrayList<>();
        outputs.inputs().forEach(input -> texts.add(((EncoderInput.Text) input).text()));
        return new GoldenProbe(texts, flatten(outputs.embeddings()));
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
