package dev.millrace.trainer.onnx;

import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many layers of an encoder lie above each of its weights. Immutable.
 *
 * <p>A layer is what exporters put under {@code layer.N}, {@code layers.N}, {@code blocks.N} or {@code h.N} (with a slash
 * before the number as well) in the paths of nodes. Layers are counted in the order in which the graph runs them. A weight
 * belongs to the layer of the first node that uses it; one that is first used before the first layer (embeddings) lies
 * below all of them, one that is used after it and in no layer (a last norm) above.
 */
public final class LayerDepths {
    private static final Pattern LAYER = Pattern.compile("(?:.*?[/.])?(?:layer|layers|blocks|h)[./]\\d+(?=[/.]|$)");

    private final Map<String, Integer> above;
    private final int layers;

    private LayerDepths(Map<String, Integer> above, int layers) {
        this.above = above;
        this.layers = layers;
    }

    /** Finds the layers of a graph. */
    public static LayerDepths of(GraphWeights weights) {
        List<String> layers = new ArrayList<>();
        IdentityHashMap<NodeProto, Integer> layersBefore = new IdentityHashMap<>();
        for (NodeProto node : weights.nodes()) {
            String layer = layer(node);
            if (!layer.isEmpty() && !layers.contains(layer)) {
                layers.add(layer);
            }
            layersBefore.put(node, layers.size());
        }
        Map<String, Integer> above = new HashMap<>();
        weights.readers().forEach((name, readers) -> {
            NodeProto first = readers.get(0);
            int place = layers.indexOf(layer(first));
            boolean below = place < 0 && layersBefore.getOrDefault(first, 0) == 0;
            above.put(name, place >= 0 ? layers.size() - 1 - place : below ? layers.size() : 0);
        });
        return new LayerDepths(above, layers.size());
    }

    /** The path of the node up to the number of its layer; empty outside of all layers. */
    private static String layer(NodeProto node) {
        Matcher matcher = LAYER.matcher(node.getName());
        return matcher.lookingAt() ? matcher.group() : "";
    }

    /** Number of layers found. */
    public int layers() {
        return layers;
    }

    /** Layers between a weight and the encoder's output: 0 for the top layer and what follows it. */
    public int above(String weight) {
        return above.getOrDefault(weight, 0);
    }
}
