package dev.millrace.trainer.onnx.operator;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.Map;

/** Piecewise and gated activation functions. Stateless. */
final class Activations {
    private static final float HARD_SWISH_SLOPE = 1f / 6;

    private Activations() {}

    static void register(Map<String, Operator.Factory> registry) {
        registry.put("HardSigmoid", Activations::hardSigmoid);
        registry.put("HardSwish", Operator.plain(in -> hardSwish(in.array(0))));
        registry.put("LeakyRelu", Activations::leakyRelu);
        registry.put("Elu", Activations::elu);
        registry.put("PRelu", Operator.plain(Activations::parametricRelu));
        registry.put("Softplus", Operator.plain(in -> new Tensor(JniUtils.softPlus((PtNDArray) in.array(0)))));
        registry.put("Softsign", Operator.plain(in -> new Tensor(JniUtils.softSign((PtNDArray) in.array(0)))));
        registry.put("Selu", Activations::selu);
        registry.put("Celu", Activations::celu);
        registry.put("ThresholdedRelu", Activations::thresholdedRelu);
        registry.put("Mish", Operator.plain(in -> mish(in.array(0))));
    }

    private static Operator hardSigmoid(NodeView node) {
        float slope = node.real("alpha", 0.2f);
        float shift = node.real("beta", 0.5f);
        return Operator.single(in -> new Tensor(hardSigmoid(in.array(0), slope, shift)));
    }

    /** {@code max(0, min(1, slope x + shift))}. */
    private static NDArray hardSigmoid(NDArray x, float slope, float shift) {
        try (NDArray scaled = NativeArrays.times(x, slope);
                NDArray shifted = scaled.add(shift);
                NDArray one = NativeArrays.number(x.getManager(), 1, x.getDataType());
                NDArray zero = NativeArrays.number(x.getManager(), 0, x.getDataType());
                NDArray low = shifted.minimum(one)) {
            return low.maximum(zero);
        }
    }

    private static Value hardSwish(NDArray x) {
        try (NDArray gate = hardSigmoid(x, HARD_SWISH_SLOPE, 0.5f)) {
            return new Tensor(x.mul(gate));
        }
    }

    private static Operator leakyRelu(NodeView node) {
        float slope = node.real("alpha", 0.01f);
        return Operator.single(in -> new Tensor(JniUtils.leakyRelu((PtNDArray) in.array(0), slope)));
    }

    private static Operator elu(NodeView node) {
        float alpha = node.real("alpha", 1);
        return Operator.single(in -> new Tensor(JniUtils.elu((PtNDArray) in.array(0), alpha)));
    }

    /** {@code gamma elu(x, alpha)}; Klambauer et al., arXiv 1706.02515, from where the defaults are. */
    private static Operator selu(NodeView node) {
        float alpha = node.real("alpha", 1.6732632f);
        float gamma = node.real("gamma", 1.050701f);
        return Operator.single(in -> {
            try (NDArray curve = JniUtils.elu((PtNDArray) in.array(0), alpha)) {
                return new Tensor(NativeArrays.times(curve, gamma));
            }
        });
    }

    /** {@code max(0, x) + min(0, alpha (e^(x / alpha) - 1))}. */
    private static Operator celu(NodeView node) {
        float alpha = node.real("alpha", 1);
        return Operator.single(in -> {
            try (NDArray scaled = NativeArrays.over(in.array(0), alpha);
                    NDArray curve = JniUtils.elu((PtNDArray) scaled, 1)) {
                return new Tensor(NativeArrays.times(curve, alpha));
            }
        });
    }

    /** {@code x} where it is above alpha, 0 elsewhere. */
    private static Operator thresholdedRelu(NodeView node) {
        float alpha = node.real("alpha", 1);
        return Operator.single(in -> {
            NDArray x = in.array(0);
            try (NDArray above = x.gt(alpha);
                    NDArray zero = NativeArrays.number(x.getManager(), 0, x.getDataType())) {
                return new Tensor(JniUtils.where((PtNDArray) above, (PtNDArray) x, (PtNDArray) zero));
            }
        });
    }

    /** {@code max(0, x) + slope min(0, x)} with a slope that trains. */
    private static Value parametricRelu(Operands in) {
        NDArray x = in.array(0);
        try (NDArray zero = NativeArrays.number(x.getManager(), 0, x.getDataType());
                NDArray negative = x.minimum(zero);
                NDArray sloped = negative.mul(in.array(1));
                NDArray positive = x.maximum(zero)) {
            return new Tensor(positive.add(sloped));
        }
    }

    /** {@code x tanh(log(1 + e^x))}; Misra, arXiv 1908.08681. */
    private static Value mish(NDArray x) {
        try (NDArray soft = JniUtils.softPlus((PtNDArray) x);
                NDArray gate = soft.tanh()) {
            return new Tensor(x.mul(gate));
        }
    }
}
