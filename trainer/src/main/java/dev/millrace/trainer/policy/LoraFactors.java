package dev.millrace.trainer.policy;

import dev.millrace.trainer.onnx.ParameterStore;
import java.nio.FloatBuffer;
import java.util.List;

/** Where adapters start. Stateless. */
final class LoraFactors {
    private LoraFactors() {}

    /**
     * Adds an adapter to each matrix: the first factor even in {@code (-1, 1) / sqrt(rows)} as in the authors' library, the
     * second zero. Drawn from the name of the matrix, so that the same base and settings start alike.
     */
    static void add(ParameterStore parameters, List<String> matrices, LoraConfig config) {
        for (String name : matrices) {
            int rows = Math.toIntExact(parameters.get(name).shape()[0]);
            SeededRandom random = new SeededRandom(name.hashCode());
            double bound = 1 / Math.sqrt(rows);
            FloatBuffer down = FloatBuffer.allocate(Math.multiplyExact(rows, config.rank()));
            while (down.hasRemaining()) {
                down.put((float) (bound * (2 * random.nextDouble() - 1)));
            }
            parameters.adapt(name, down.flip(), config.rank(), config.scale());
        }
    }
}
