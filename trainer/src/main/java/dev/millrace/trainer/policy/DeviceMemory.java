package dev.millrace.trainer.policy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.millrace.trainer.onnx.Parameter;
import java.nio.FloatBuffer;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tensors of the engine on a device whose memory Java does not see: the native optimizer, and one number copied to the host
 * per step. The sums run in single precision, so its numbers are close to those of {@link SharedMemory}, not the same.
 */
final class DeviceMemory implements TensorMemory<NDArray> {
    private static final float WITHOUT_CLIPPING = -1;

    private final AdamWConfig config = AdamWConfig.DEFAULT;
    private final NDManager manager;

    DeviceMemory(Device device) {
        this.manager = NDManager.newBaseManager(device);
        manager.setName("optimizer");
    }

    @Override
    public NDArray zeros(Parameter parameter) {
        return manager.zeros(new Shape(parameter.size()), DataType.FLOAT32);
    }

    @Override
    public NDArray grown(NDArray old, int kept, Parameter parameter) {
        if (kept == 0) {
            old.close();
            return zeros(parameter);
        }
        try (NDArray head = old.get("0:" + kept);
                NDArray tail = manager.zeros(new Shape(parameter.size() - kept), DataType.FLOAT32)) {
            NDArray grown = head.concat(tail);
            grown.attach(manager);
            old.close();
            return grown;
        }
    }

    @Override
    public void release(NDArray tensor) {
        tensor.close();
    }

    @Override
    public @Nullable NDArray gradient(Parameter parameter, NDManager step) {
        NDArray gradient = parameter.gradientArray(step);
        if (gradient == null) {
            return null;
        }
        NDArray flat = gradient.flatten();
        flat.attach(step);
        return flat;
    }

    @Override
    public double norm(Collection<NDArray> gradients) {
        try (NDManager scope = manager.newSubManager();
                NDArray total = scope.zeros(new Shape(), DataType.FLOAT64)) {
            for (NDArray gradient : gradients) {
                try (NDArray square = gradient.square();
                        NDArray sum = square.sum();
                        NDArray wide = sum.toType(DataType.FLOAT64, false)) {
                    total.addi(wide);
                }
            }
            return Math.sqrt(total.toDoubleArray()[0]);
        }
    }

    @Override
    public void add(NDArray sum, NDArray gradient) {
        sum.addi(gradient);
    }

    @Override
    public void clear(NDArray sum) {
        sum.muli(0);
    }

    @Override
    public void update(List<Change<NDArray>> changes, AdamW.Step step) {
        boolean recording = JniUtils.isGradMode();
        JniUtils.setGradMode(false);
        try {
            changes.forEach(change -> update(change, step));
        } finally {
            JniUtils.setGradMode(recording);
        }
    }

    private void update(Change<NDArray> change, AdamW.Step step) {
        double rate = change.pace().rate() * step.rateFactor();
        double correction1 = step.correction(config.beta1());
        double root2 = Math.sqrt(step.correction(config.beta2()));
        // A view: what is done to it is done to the parameter.
        try (NDArray weights = change.parameter().array().flatten()) {
            // The native formula has one correction of the rate; with epsilon corrected too it is that of AdamW.
            JniUtils.adamUpdate(
                    (PtNDArray) weights,
                    (PtNDArray) change.gradient(),
                    (PtNDArray) change.moments().first(),
                    (PtNDArray) change.moments().second(),
                    (float) rate,
                    (float) (rate * root2 / correction1),
                    (float) change.pace().decay(),
                    (float) step.gradientScale(),
                    WITHOUT_CLIPPING,
                    (float) config.beta1(),
                    (float) config.beta2(),
                    (float) (config.epsilon() * root2),
                    true);
        }
    }

    @Override
    public FloatBuffer read(NDArray tensor) {
        return FloatBuffer.wrap(tensor.toFloatArray());
    }

    @Override
    public void write(NDArray tensor, FloatBuffer values) {
        float[] copy = new float[values.remaining()];
        values.duplicate().get(copy);
        try (NDArray given = manager.create(copy)) {
            tensor.muli(0);
            tensor.addi(given);
        }
    }

    @Override
    public void close() {
        manager.close();
    }
}
