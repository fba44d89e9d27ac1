package dev.millrace.trainer.onnx.operator;

import ai.djl.Device;
import dev.millrace.contract.StartupException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * How exact the factors of a product with weights are: of linear layers and {@code Gemm}. All else in a run is float32, and
 * so are weights and gradients.
 */
public enum Precision {
    /** 24 bits. */
    FLOAT32,
    /** 8 bits with the range of float32, so that gradients need no scaling; see {@link Bfloat16}. */
    BFLOAT16;

    /** Processors with units for tiles, {@code amx_bf16}, have these instructions too. */
    private static final String INSTRUCTIONS = "avx512_bf16";

    private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

    /**
     * Tells whether a device has instructions for it. A GPU is believed to: those of NVIDIA have since Ampere (2020).
     */
    public boolean isNativeOn(Device device) {
        return isNativeOn(device, CPU_INFO);
    }

    private boolean isNativeOn(Device device, Path cpuInfo) {
        return this == FLOAT32 || device.isGpu() || flags(cpuInfo).contains(INSTRUCTIONS);
    }

    /**
     * Refuses a device that would train slower than in float32 and not faster.
     *
     * @throws StartupException if the device has no instructions for it
     */
    public void require(Device device) {
        require(device, CPU_INFO);
    }

    /** As the other, on a processor as a file tells of it. */
    void require(Device device, Path cpuInfo) {
        if (!isNativeOn(device, cpuInfo)) {
            throw new StartupException("policy.precision is " + this + ", but this CPU has no instructions for it: "
                    + INSTRUCTIONS + " is not among the flags in " + cpuInfo + ", and without it a step takes 2 to 16"
                    + " times as long as with FLOAT32. Set policy.precision to FLOAT32, or train on a CPU that has it"
                    + " (AMD since Zen 4, Intel Xeon since Sapphire Rapids) or on a GPU");
        }
    }

    private static List<String> flags(Path cpuInfo) {
        try {
            return Files.readAllLines(cpuInfo).stream()
                    .filter(line -> line.startsWith("flags"))
                    .findFirst()
                    .map(line -> List.of(line.split("\\s+")))
                    .orElse(List.of());
        } catch (IOException e) {
            return List.of();
        }
    }
}
