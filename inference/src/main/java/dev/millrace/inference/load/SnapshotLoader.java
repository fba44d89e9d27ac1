package dev.millrace.inference.load;

import dev.millrace.contract.SnapshotStore;
import dev.millrace.contract.SnapshotStore.CorruptBlobException;
import dev.millrace.inference.encoder.EncoderGraph;
import dev.millrace.inference.encoder.FeaturePreprocessing;
import dev.millrace.inference.encoder.ImagePreprocessing;
import dev.millrace.inference.encoder.InputKind;
import dev.millrace.inference.encoder.Preprocessing;
import dev.millrace.inference.encoder.RefusedModelException;
import dev.millrace.inference.encoder.TextTokenizer;
import dev.millrace.inference.encoder.UnusableInputException;
import dev.millrace.schemas.SnapshotManifest;
import dev.millrace.schemas.SwapOutcome;
import dev.millrace.schemas.TensorReference;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Turns manifests into models: fetch, verify each hash, check the graph, open a session, warm up, prove. Owned by the
 * loading thread. Holds no resources but memory.
 */
public final class SnapshotLoader {
    private final SnapshotStore store;
    private final InputKind input;
    private final WeightMemory memory = new WeightMemory();

    /**
     * A loader over a store, which is used and not owned.
     *
     * @param input what this service was told to read; snapshots of another kind are refused
     */
    public SnapshotLoader(SnapshotStore store, InputKind input) {
        this.store = store;
        this.input = input;
    }

    /**
     * Loads a snapshot. Never throws for what a snapshot or a store may hold.
     *
     * @return {@code MANIFEST} problems and foreign graphs as {@code UNSUPPORTED_GRAPH}; blobs that are not there, or a
     *     store that cannot be read now, as {@code BLOB_MISSING}
     */
    public LoadResult load(SnapshotManifest manifest) {
        try {
            return new LoadResult.Loaded(open(manifest));
        } catch (LoadRefusal e) {
            return e.result();
        } catch (RefusedModelException e) {
            return new LoadResult.Refused(SwapOutcome.UNSUPPORTED_GRAPH, String.valueOf(e.getMessage()));
        } catch (CorruptBlobException e) {
            return new LoadResult.Refused(SwapOutcome.HASH_MISMATCH, String.valueOf(e.getMessage()));
        } catch (IOException e) {
            return new LoadResult.Refused(SwapOutcome.BLOB_MISSING, "the snapshot store cannot be read: " + e);
        } catch (UnusableInputException e) {
            return new LoadResult.Refused(SwapOutcome.PROBE_MISMATCH, "the probe cannot be read: " + e.getMessage());
        } catch (IllegalArgumentException | IllegalStateException | OutOfMemoryError e) {
            String cause = e.getCause() == null ? "" : ": " + e.getCause().getMessage();
            return new LoadResult.Refused(SwapOutcome.LOAD_FAILED, e + cause);
        }
    }

    private EmbeddingModel open(SnapshotManifest manifest) throws LoadRefusal, RefusedModelException, IOException {
        String origin = "snapshot " + manifest.getVersion();
        ManifestCheck.sizes(manifest);
        byte[] skeleton = bytes(manifest.getGraphSha256(), "graph");
        EncoderGraph graph = EncoderGraph.parseSkeleton(skeleton, origin);
        ManifestCheck.graph(manifest, graph);
        if (graph.input() != input) {
            throw new LoadRefusal(
                    SwapOutcome.UNSUPPORTED_GRAPH,
                    "it reads " + graph.input() + ", this service serves " + input + " by model.input");
        }
        Map<String, ByteBuffer> weights = weights(manifest.getTensors());
        Preprocessing preprocessing = preprocessing(manifest, graph);
        EncoderModel model =
                EncoderModel.open(manifest.getVersion(), manifest.getOutputSet(), graph, weights, preprocessing);
        try {
            GoldenProbeCheck.check(model, manifest.getProbe());
            return model;
        } catch (LoadRefusal | RuntimeException e) {
            model.close();
            throw e;
        }
    }

    private Preprocessing preprocessing(SnapshotManifest manifest, EncoderGraph graph)
            throws LoadRefusal, RefusedModelException, IOException {
        return switch (graph.input()) {
            case TEXT -> tokenizer(manifest, graph);
            case IMAGE -> images(manifest, graph);
            case FEATURES -> new FeaturePreprocessing(graph.inputShape().get(0));
        };
    }

    private ImagePreprocessing images(SnapshotManifest manifest, EncoderGraph graph)
            throws LoadRefusal, RefusedModelException, IOException {
        String address = manifest.getPreprocessingSha256();
        if (address == null) {
            throw new LoadRefusal(
                    SwapOutcome.UNSUPPORTED_GRAPH, "the manifest names no preprocessing, which images need");
        }
        return ImagePreprocessing.parse(bytes(address, "preprocessing"), graph, "preprocessing " + address);
    }

    private TextTokenizer tokenizer(SnapshotManifest manifest, EncoderGraph graph)
            throws LoadRefusal, RefusedModelException, IOException {
        String address = manifest.getTokenizerSha256();
        if (address == null) {
            throw new LoadRefusal(SwapOutcome.UNSUPPORTED_GRAPH, "the manifest names no tokenizer, which texts need");
        }
        TextTokenizer tokenizer = TextTokenizer.parse(
                bytes(address, "tokenizer"), manifest.getMaxTokens(), manifest.getPrefix(), "tokenizer " + address);
        try {
            tokenizer.requireFit(graph);
            return tokenizer;
        } catch (RefusedModelException e) {
            tokenizer.close();
            throw e;
        }
    }

    private byte[] bytes(String address, String what) throws LoadRefusal, IOException {
        ByteBuffer blob = store.get(address).orElseThrow(() -> missing(what, address));
        if (blob.remaining() > ManifestCheck.MAX_GRAPH_BYTES) {
            throw new LoadRefusal(
                    SwapOutcome.UNSUPPORTED_GRAPH,
                    what + " " + address + " has " + blob.remaining() + " bytes, allowed are "
                            + ManifestCheck.MAX_GRAPH_BYTES);
        }
        byte[] bytes = new byte[blob.remaining()];
        blob.get(bytes);
        return bytes;
    }

    private Map<String, ByteBuffer> weights(List<TensorReference> tensors) throws LoadRefusal, IOException {
        List<ByteBuffer> pieces = memory.pieces(
                tensors.stream().map(tensor -> (int) tensor.getBytes()).toList());
        Map<String, ByteBuffer> weights = new HashMap<>();
        for (int i = 0; i < tensors.size(); i++) {
            TensorReference tensor = tensors.get(i);
            if (!store.read(tensor.getSha256(), pieces.get(i))) {
                throw missing("weight " + tensor.getName(), tensor.getSha256());
            }
            weights.put(tensor.getName(), pieces.get(i));
        }
        return weights;
    }

    private static LoadRefusal missing(String what, String address) {
        return new LoadRefusal(SwapOutcome.BLOB_MISSING, what + ": the store has no blob " + address);
    }
}
