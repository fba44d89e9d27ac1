package dev.millrace.trainer.policy;

import ai.djl.Device;
import ai.djl.engine.Engine;
import dev.millrace.contract.StartupException;

/** Which device trains. */
public enum DeviceChoice {
    /** The first GPU if there is one that the native library can use, otherwise the CPU. */
    AUTO,
    /** The CPU, whatever else there is. */
    CPU,
    /** The first GPU, or no start at all. */
    GPU;

    /** Decides for this process; loads the native library. */
    Device resolve() {
        Engine engine = Engine.getEngine("PyTorch");
        return resolve(engine.getGpuCount(), engine.hasCapability("CUDA"));
    }

    /**
     * Decides.
     *
     * @param gpus devices that the driver reports
     * @param cuda whether the native library of the training runtime was built for them
     * @throws StartupException when a GPU is demanded and cannot be used
     */
    Device resolve(int gpus, boolean cuda) {
        boolean usable = gpus > 0 && cuda;
        if (this == GPU && !usable) {
            throw new StartupException("policy.device is GPU, but there is none to train on: the driver reports " + gpus
                    + " CUDA devices, and the native library on the class path "
                    + (cuda ? "supports CUDA" : "is the one for CPUs (build with -Pcuda for the other)")
                    + ". Set policy.device to AUTO or CPU to train on the CPU");
        }
        return this != CPU && usable ? Device.gpu() : Device.cpu();
    }
}
