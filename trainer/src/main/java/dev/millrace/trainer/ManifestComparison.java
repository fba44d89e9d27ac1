package dev.millrace.trainer;

import dev.millrace.contract.FileSnapshotStore;
import dev.millrace.contract.Sha256;
import dev.millrace.contract.SnapshotStore;
import dev.millrace.inference.encoder.EncoderGraph;
import dev.millrace.inference.encoder.ModelConfig;
import dev.millrace.schemas.SnapshotManifest;
import dev.millrace.schemas.TensorReference;
import dev.millrace.trainer.snapshot.SnapshotCapture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Compares what a manifest says with what there is, and names each difference. Owned by one thread. */
final class ManifestComparison {
    private final SnapshotManifest manifest;
    private final List<String> differences;
    private int tensors;

    /** @param differences takes what differs, one sentence each */
    ManifestComparison(SnapshotManifest manifest, List<String> differences) {
        this.manifest = manifest;
        this.differences = differences;
    }

    /** Tensors compared by {@link #capture} so far. */
    int tensors() {
        return tensors;
    }

    /**
     * Every blob of the version must be there and whole; where none is there, that is one difference.
     *
     * @param directory of the store
     */
    void store(Path directory) throws IOException {
        SnapshotStore store = new FileSnapshotStore(directory);
        Map<String, String> blobs = blobs();
        List<String> gone = new ArrayList<>();
        for (Map.Entry<String, String> blob : blobs.entrySet()) {
            try {
                if (store.get(blob.getValue()).isEmpty()) {
                    gone.add("stored " + blob.getKey() + " is gone: there is no blob " + blob.getValue());
                }
            } catch (SnapshotStore.CorruptBlobException e) {
                differences.add("stored " + blob.getKey() + " is damaged: " + e.getMessage());
            }
        }
        if (gone.size() == blobs.size()) {
            differences.add("snapshot.store " + directory + " has none of the " + gone.size()
                    + " blobs of the version; name the store that the trainer writes to");
        } else {
            differences.addAll(gone);
        }
    }

    /** The address of each blob by what it is. */
    private Map<String, String> blobs() {
        Map<String, String> blobs = new LinkedHashMap<>();
        for (TensorReference tensor : manifest.getTensors()) {
            blobs.put("tensor " + tensor.getName(), tensor.getSha256());
        }
        blobs.put("graph", manifest.getGraphSha256());
        if (manifest.getTokenizerSha256() != null) {
            blobs.put("tokenizer", manifest.getTokenizerSha256());
        }
        if (manifest.getPreprocessingSha256() != null) {
            blobs.put("preprocessing", manifest.getPreprocessingSha256());
        }
        return blobs;
    }

    /** Whether the base model's files are the ones it was trained from; each that is not is named. */
    boolean isSameBase(ModelConfig model) throws IOException {
        int before = differences.size();
        compare("base file " + model.file() + ", its SHA-256", manifest.getBaseSha256(), sha256(model.file()));
        if (manifest.getTokenizerSha256() != null) {
            compare(
                    "tokenizer file " + model.tokenizer() + ", its SHA-256",
                    manifest.getTokenizerSha256(),
                    sha256(model.tokenizer()));
        }
        if (manifest.getPreprocessingSha256() != null) {
            compare(
                    "preprocessing file " + model.preprocessing() + ", its SHA-256",
                    manifest.getPreprocessingSha256(),
                    sha256(model.preprocessing()));
        }
        return differences.size() == before;
    }

    private static String sha256(Path file) throws IOException {
        return Sha256.of(Files.readAllBytes(file));
    }

    /** Whether the same bits can be expected at all; each difference is named. */
    boolean isSameRecipe(TrainerConfig config) {
        int before = differences.size();
        config.weightSettings()
                .differences(manifest.getConfigSha256(), manifest.getSettings())
                .forEach(differences::add);
        compare("policy.threads", manifest.getThreads(), config.policy().threads());
        return differences.size() == before;
    }

    /** Said beside the result where it explains other bits; empty on the same type of CPU. */
    String machine() {
        String here = Machine.cpu();
        if (!manifest.getDevice().equals("cpu")) {
            return "; trained on a " + manifest.getDevice() + ", whose bits no other run is sure to have";
        }
        return here.equals(manifest.getCpu())
                ? ""
                : "; trained on CPU " + manifest.getCpu() + ", rebuilt on " + here + ", where bits may differ";
    }

    /** The rebuilt learner must have every tensor, label and count of the manifest. */
    void capture(SnapshotCapture capture, EncoderGraph pooled, double headScale) {
        Map<String, String> rebuilt = new HashMap<>();
        pooled.floatInitializers().keySet().forEach(name -> rebuilt.put(name, Sha256.of(pooled.weight(name))));
        capture.tensors().forEach(tensor -> rebuilt.put(tensor.name(), Sha256.of(tensor.values())));
        for (TensorReference tensor : manifest.getTensors()) {
            tensors++;
            String sha256 = rebuilt.remove(tensor.getName());
            compare("tensor " + tensor.getName() + ", its SHA-256", tensor.getSha256(), String.valueOf(sha256));
        }
        rebuilt.keySet().forEach(name -> differences.add("tensor " + name + " is not in the manifest"));
        compare("output set", manifest.getOutputSet(), capture.outputSet());
        compare("steps", manifest.getSteps(), capture.progress().steps());
        compare("samples", manifest.getSamples(), capture.progress().samples());
        compare("source ranges", manifest.getSourceRanges(), capture.progress().sourceRanges());
        byte[] skeleton =
                pooled.withCosineHead(capture.outputSet().size(), headScale).skeleton();
        compare("graph, its SHA-256", manifest.getGraphSha256(), Sha256.of(skeleton));
    }

    private void compare(String what, Object expected, Object actual) {
        if (!expected.equals(actual)) {
            differences.add(what + " is " + actual + ", the manifest says " + expected);
        }
    }
}
