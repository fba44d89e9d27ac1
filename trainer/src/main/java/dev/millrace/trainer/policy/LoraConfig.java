package dev.millrace.trainer.policy;

import dev.millrace.contract.Range;
import java.util.List;

/**
 * Low-rank adapters. With them only adapters, the weights of {@code full} and the head train; both kinds are taken from
 * what {@code policy.train} and {@code policy.freeze} leave. Exports hold the plain graph with the changes added to the
 * matrices. Source: LoRA, Hu et al., arXiv 2106.09685. Immutable.
 *
 * @param rank of each change; 0 switches adapters off
 * @param alpha the change is multiplied by {@code alpha / rank}
 * @param targets patterns of the matrices that get an adapter; matrices are weights that a MatMul or Gemm multiplies with
 * @param full patterns of weights that train in full beside the adapters
 */
public record LoraConfig(
        @Range(min = 0, max = 4096) int rank,
        @Range(min = 0, max = 1e6, minExclusive = true) double alpha,
        List<String> targets,
        List<String> full) {
    public LoraConfig {
        targets = List.copyOf(targets);
        full = List.copyOf(full);
    }

    boolean enabled() {
        return rank > 0;
    }

    double scale() {
        return alpha / rank;
    }
}
