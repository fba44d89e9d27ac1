package dev.millrace.trainer;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Environment variables that the native libraries of training read by themselves, as far as they reach the bits. None has to
 * be set: the runtime is told its threads, and switches off MKL's own choice of them. Stateless.
 */
final class NativeEnvironment {
    /** They choose other kernels, which round otherwise. */
    private static final List<String> KERNEL_CHOICES = List.of(
            "ATEN_CPU_CAPABILITY",
            "DNNL_DEFAULT_FPMATH_MODE",
            "DNNL_MAX_CPU_ISA",
            "MKL_CBWR",
            "MKL_ENABLE_INSTRUCTIONS",
            "ONEDNN_DEFAULT_FPMATH_MODE",
            "ONEDNN_MAX_CPU_ISA");

    private NativeEnvironment() {}

    /**
     * Why two runs of one log may not give the same bits here; empty when all is well.
     *
     * @param threads of the training runtime
     */
    static List<String> doubts(Map<String, String> environment, int threads) {
        List<String> doubts = new ArrayList<>();
        String dynamic = environment.getOrDefault("OMP_DYNAMIC", "false");
        if (!dynamic.equalsIgnoreCase("false")) {
            doubts.add("OMP_DYNAMIC=" + dynamic + " takes fewer threads when the machine is busy; unset it");
        }
        String limit = environment.getOrDefault("OMP_THREAD_LIMIT", String.valueOf(threads));
        if (!limit.matches("\\d{1,9}") || Integer.parseInt(limit) < threads) {
            doubts.add("OMP_THREAD_LIMIT=" + limit + " is below policy.threads=" + threads
                    + ", which the recipe names; unset it or lower policy.threads");
        }
        for (String name : KERNEL_CHOICES) {
            if (environment.containsKey(name)) {
                doubts.add(name + "=" + environment.get(name)
                        + " chooses other kernels than a process without it; unset it, or set it in every run");
            }
        }
        return doubts;
    }
}
