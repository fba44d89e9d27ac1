package dev.millrace.trainer.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.engine.Engine;
import dev.millrace.contract.StartupException;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeviceChoiceTest {
    @ParameterizedTest
    @CsvSource({
        "AUTO, 0, false, cpu", "AUTO, 0, true, cpu", "AUTO, 2, false, cpu", "AUTO, 1, true, gpu",
        "CPU, 0, false, cpu", "CPU, 1, true, cpu", "GPU, 1, true, gpu", "GPU, 4, true, gpu"
    })
    void takesAGpuOnlyIfDriverAndLibraryHaveIt(DeviceChoice choice, int gpus, boolean cuda, String device) {
        assertThat(choice.resolve(gpus, cuda)).isEqualTo(device.equals("gpu") ? Device.gpu() : Device.cpu());
    }

    @ParameterizedTest
    @CsvSource({
        "0, true, reports 0 CUDA devices, supports CUDA",
        "1, false, reports 1 CUDA devices, build with -Pcuda",
        "0, false, reports 0 CUDA devices, build with -Pcuda"
    })
    void saysWhatIsMissingWhenAGpuIsDemanded(int gpus, boolean cuda, String devices, String library) {
        assertThatThrownBy(() -> DeviceChoice.GPU.resolve(gpus, cuda))
                .isInstanceOf(StartupException.class)
                .hasMessageContaining("policy.device is GPU, but there is none to train on")
                .hasMessageContaining(devices)
                .hasMessageContaining(library)
                .hasMessageContaining("Set policy.device to AUTO or CPU");
    }

    @Test
    void policyIsNotOpenedOnAGpuThatIsNotThere() {
        Engine engine = Engine.getEngine("PyTorch");
        Assumptions.assumeFalse(engine.getGpuCount() > 0 && engine.hasCapability("CUDA"), "there is a GPU here");

        assertThatThrownBy(() -> EncoderPolicy.open(TinyNetwork.pooled(), PolicySettings.of("device: GPU")))
                .isInstanceOf(StartupException.class)
                .hasMessageContaining("policy.device is GPU");
    }
}
