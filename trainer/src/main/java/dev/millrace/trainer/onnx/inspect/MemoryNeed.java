package dev.millrace.trainer.onnx.inspect;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What training holds at once beside the activations of a batch, by reckoning and not by measurement; in bytes.
 *
 * @param fileBytes the base file, which stays in the heap
 * @param parameters all float weights
 * @param trained those that train
 */
public record MemoryNeed(long fileBytes, long parameters, long trained) {
    private static final int MOMENTS = 2;

    /** Returns each part with its reckoning, in the order in which training takes them. */
    public Map<String, Long> parts() {
        Map<String, Long> parts = new LinkedHashMap<>();
        parts.put("base file in the heap", fileBytes);
        parts.put("weights (4 bytes each)", Float.BYTES * parameters);
        parts.put("gradients (4 bytes each trained)", Float.BYTES * trained);
        parts.put("moments of AdamW (8 bytes each trained)", MOMENTS * Float.BYTES * trained);
        parts.put("copy of the trained weights for a snapshot", Float.BYTES * trained);
        parts.put("ONNX Runtime session that judges a snapshot", Float.BYTES * parameters);
        return parts;
    }

    /** Returns the sum. */
    public long total() {
        return parts().values().stream().mapToLong(Long::longValue).sum();
    }
}
