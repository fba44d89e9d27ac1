package dev.millrace.trainer.onnx.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.millrace.contract.StartupException;
import dev.millrace.trainer.onnx.GraphExecutor;
import dev.millrace.trainer.onnx.HostArray;
import dev.millrace.trainer.onnx.ParameterStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which products a run computes in bfloat16, and on which devices. */
class PrecisionTest {
    private static final Random RANDOM = new Random(3);
    private static final HostArray LEFT = HostArray.random(RANDOM, -1, 1, 6, 32);
    private static final HostArray RIGHT = HostArray.random(RANDOM, -1, 1, 20, 32);
    private static final HostArray ADDED = HostArray.random(RANDOM, -1, 1, 20);

    /** 32 products of numbers below 1, each of two factors that are off by one part in 256 at most, and a rounded sum. */
    private static final double TOLERANCE = 0.1;

    @TempDir
    Path directory;

    @Test
    void gemmRoundsItsFactors() throws Exception {
        OneNode gemm = OneNode.of("Gemm", 13, LEFT, RIGHT, ADDED)
                .with("transB", 1)
                .with("alpha", 0.5f)
                .with("beta", 2f);

        double[] exact = run(gemm, Precision.FLOAT32);
        double[] coarse = run(gemm, Precision.BFLOAT16);

        assertThat(coarse).isNotEqualTo(exact);
        assertThat(coarse).containsExactly(exact, within(TOLERANCE));
    }

    /** The scores of attention are of this kind. */
    @Test
    void aProductOfTwoValuesIsExactInBoth() throws Exception {
        OneNode product = OneNode.of("MatMul", 13, LEFT, HostArray.random(RANDOM, -1, 1, 32, 8));

        assertThat(run(product, Precision.BFLOAT16)).isEqualTo(run(product, Precision.FLOAT32));
    }

    private static double[] run(OneNode node, Precision precision) throws Exception {
        try (ParameterStore parameters = ParameterStore.of(node.fed(), Set.of(), Device.cpu());
                GraphExecutor executor = GraphExecutor.compile(node.fed(), parameters);
                NDManager step = Engine.getEngine("PyTorch").newBaseManager(Device.cpu())) {
            Map<String, NDArray> inputs = new HashMap<>();
            node.inputs().forEach((name, array) -> inputs.put(name, array.toArray(step)));
            return HostArray.of(executor.begin(step, inputs, precision).fetch("out0"))
                    .values();
        }
    }

    @Test
    void isRefusedOnACpuWithoutInstructionsForIt() throws IOException {
        Path zen3 = cpu("fpu avx2 avx512f avx512_vnni");

        assertThatThrownBy(() -> Precision.BFLOAT16.require(Device.cpu(), zen3))
                .isInstanceOf(StartupException.class)
                .hasMessageContaining("policy.precision is BFLOAT16, but this CPU has no instructions for it")
                .hasMessageContaining("avx512_bf16 is not among the flags in " + zen3)
                .hasMessageContaining("Set policy.precision to FLOAT32, or train on a CPU that has it");
        assertThatThrownBy(() -> Precision.BFLOAT16.require(Device.cpu(), directory.resolve("absent")))
                .isInstanceOf(StartupException.class);
    }

    @Test
    void isTakenWhereThereAreInstructionsForIt() throws IOException {
        Path zen4 = cpu("fpu avx2 avx512f avx512_bf16");

        Precision.BFLOAT16.require(Device.cpu(), zen4);
        Precision.BFLOAT16.require(Device.gpu(), directory.resolve("absent"));
        Precision.FLOAT32.require(Device.cpu(), directory.resolve("absent"));
    }

    private Path cpu(String flags) throws IOException {
        return Files.writeString(directory.resolve("cpuinfo"), "model name\t: CPU\nflags\t\t: " + flags + "\n");
    }
}
