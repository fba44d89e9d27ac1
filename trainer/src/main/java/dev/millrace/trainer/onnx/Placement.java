package dev.millrace.trainer.onnx;

import ai.djl.Device;

/**
 * Where weights live.
 *
 * @param device of the engine
 * @param shared whether the engine computes on the very memory that Java sees. Possible on CPU only; otherwise weights and
 *     gradients are copied whenever they are read or written
 */
public record Placement(Device device, boolean shared) {
    public Placement {
        if (shared && device.isGpu()) {
            throw new IllegalArgumentException("Java and " + device + " share no memory");
        }
    }

    /** The usual way on a device: shared memory on CPU, copies elsewhere. */
    public static Placement on(Device device) {
        return new Placement(device, !device.isGpu());
    }
}
