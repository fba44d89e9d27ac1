package dev.millrace.trainer.learn;

import dev.millrace.inference.encoder.InputBatch;
import java.util.List;

/** Joins samples to the tensors of one pass. Stateless. */
public final class SampleRows {
    private SampleRows() {}

    /** Rows in the order of the samples. */
    public static InputBatch join(List<PreparedSample> samples) {
        return InputBatch.of(samples.stream().map(PreparedSample::input).toList());
    }
}
