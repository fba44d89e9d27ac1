package dev.millrace.inference.load;

import dev.millrace.inference.encoder.EncoderGraph;
import dev.millrace.schemas.SnapshotManifest;
import dev.millrace.schemas.SwapOutcome;
import dev.millrace.schemas.TensorReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Compares what a manifest says with itself and with its graph. Stateless. */
final class ManifestCheck {
    /** Largest graph blob that is read into memory; the graph of a large encoder without weights has about 1 MB. */
    static final long MAX_GRAPH_BYTES = 64L << 20;
    /** Weights of one model live in one piece of memory, and an ONNX file ends at the same length. */
    private static final long MAX_WEIGHT_BYTES = Integer.MAX_VALUE - (1L << 20);

    private ManifestCheck() {}

    /** Sizes, before anything is fetched. */
    static void sizes(SnapshotManifest manifest) throws LoadRefusal {
        List<String> problems = new ArrayList<>();
        long total = 0;
        for (TensorReference tensor : manifest.getTensors()) {
            long expected = Float.BYTES;
            for (long dimension : tensor.getShape()) {
                expected = dimension < 0 || expected > MAX_WEIGHT_BYTES ? Long.MAX_VALUE : expected * dimension;
            }
            if (tensor.getBytes() != expected) {
                problems.add("weight " + tensor.getName() + " " + tensor.getShape() + " is said to have "
                        + tensor.getBytes() + " bytes");
            }
            total += Math.min(Math.max(tensor.getBytes(), 0), MAX_WEIGHT_BYTES);
        }
        if (total > MAX_WEIGHT_BYTES) {
            problems.add("its weights have " + total + " bytes, allowed are " + MAX_WEIGHT_BYTES);
        }
        refuseIfAny(problems);
    }

    /** Names, shapes, dimension and classes. */
    static void graph(SnapshotManifest manifest, EncoderGraph graph) throws LoadRefusal {
        List<String> problems = new ArrayList<>();
        Map<String, List<Long>> wanted = new HashMap<>();
        graph.floatInitializers().forEach((name, shape) -> wanted.put(name, boxed(shape)));
        Map<String, List<Long>> given = new HashMap<>();
        manifest.getTensors().forEach(tensor -> given.put(tensor.getName(), tensor.getShape()));
        wanted.forEach((name, shape) -> {
            if (!shape.equals(given.get(name))) {
                problems.add("weight " + name + " is " + shape + " in the graph and " + given.get(name)
                        + " in the manifest");
            }
        });
        given.keySet().stream()
                .filter(name -> !wanted.containsKey(name))
                .forEach(name -> problems.add("the graph has no weight " + name));
        if (!graph.input().name().equals(manifest.getInput().name())) {
            problems.add("the graph reads " + graph.input() + " and the manifest says " + manifest.getInput());
        }
        if (graph.embeddingDimension() != manifest.getEmbeddingDimension()) {
            problems.add("embeddings have length " + graph.embeddingDimension() + " in the graph and "
                    + manifest.getEmbeddingDimension() + " in the manifest");
        }
        List<Long> head = wanted.getOrDefault(EncoderGraph.HEAD_WEIGHT, List.of(0L));
        long classes = graph.hasHead() ? head.get(0) : 0;
        if (classes != manifest.getOutputSet().size()) {
            problems.add("the head has " + classes + " classes and the manifest "
                    + manifest.getOutputSet().size() + " labels");
        }
        refuseIfAny(problems);
    }

    private static List<Long> boxed(long[] shape) {
        List<Long> boxed = new ArrayList<>();
        for (long dimension : shape) {
            boxed.add(dimension);
        }
        return boxed;
    }

    private static void refuseIfAny(List<String> problems) throws LoadRefusal {
        if (!problems.isEmpty()) {
            throw new LoadRefusal(SwapOutcome.UNSUPPORTED_GRAPH, String.join("; ", problems));
        }
    }
}
