package dev.millrace.trainer.snapshot;

import dev.millrace.contract.SnapshotStore;
import dev.millrace.schemas.SnapshotManifest;
import dev.millrace.schemas.TensorReference;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Weights of a published version, read back from the store.
 *
 * @param skeleton graph without weights
 * @param values by initializer name
 * @param shapes by initializer name
 */
public record SnapshotWeights(byte[] skeleton, Map<String, ByteBuffer> values, Map<String, long[]> shapes) {

    /**
     * Reads and verifies every blob the manifest names.
     *
     * @throws IOException when a blob is missing or damaged, naming it
     */
    public static SnapshotWeights read(SnapshotStore store, SnapshotManifest manifest) throws IOException {
        Map<String, ByteBuffer> values = new LinkedHashMap<>();
        Map<String, long[]> shapes = new LinkedHashMap<>();
        for (TensorReference tensor : manifest.getTensors()) {
            values.put(tensor.getName(), blob(store, manifest, tensor.getSha256()));
            shapes.put(
                    tensor.getName(),
                    tensor.getShape().stream().mapToLong(Long::longValue).toArray());
        }
        ByteBuffer graph = blob(store, manifest, manifest.getGraphSha256());
        byte[] skeleton = new byte[graph.remaining()];
        graph.get(skeleton);
        return new SnapshotWeights(skeleton, values, shapes);
    }

    private static ByteBuffer blob(SnapshotStore store, SnapshotManifest manifest, String sha256) throws IOException {
        return store.get(sha256)
                .orElseThrow(() -> new IOException(
                        "snapshot " + manifest.getVersion() + ": blob " + sha256 + " is not in the store"));
    }
}
