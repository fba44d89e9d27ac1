package dev.millrace.trainer.onnx.operator;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Matrix products. Stateless. */
final class LinearAlgebra {
    private LinearAlgebra() {}

    static void register(Map<String, Operator.Factory> registry) {
        registry.put("MatMul", Operator.plain(in -> new Tensor(in.array(0).matMul(in.array(1)))));
        registry.put("Gemm", LinearAlgebra::gemm);
        registry.put(OperatorRegistry.LINEAR, Operator.plain(LinearAlgebra::linear));
    }

    /** {@code x W + b} with x [..., in], W [in, out], b [out] or left out. */
    private static Value linear(Operands in) {
        PtNDArray x = (PtNDArray) in.array(0);
        PtNDArray bias = in.has(2) ? (PtNDArray) in.array(2) : null;
        if (in.value(1) instanceof AdaptedMatrix adapted) {
            try (NDArray product = product(in.precision(), x, adapted.frozen(), bias);
                    NDArray change = adapted.change(x)) {
                return new Tensor(product.add(change));
            }
        }
        return new Tensor(product(in.precision(), x, in.array(1), bias));
    }

    private static NDArray product(Precision precision, PtNDArray x, NDArray matrix, @Nullable PtNDArray bias) {
        try (PtNDArray weight = JniUtils.transpose((PtNDArray) matrix, 0, 1)) {
            if (precision == Precision.BFLOAT16) {
                return Bfloat16.linear(x, weight, bias);
            }
            return PointwiseConvolution.pays(x)
                    ? PointwiseConvolution.linear(x, weight, bias)
                    : JniUtils.linear(x, weight, bias);
        }
    }

    /** {@code alpha A' B' + beta C}, A' and B' transposed if asked for. */
    private static Operator gemm(NodeView node) {
        float alpha = node.real("alpha", 1);
        float beta = node.real("beta", 1);
        boolean transposeA = node.flag("transA", false);
        boolean transposeB = node.flag("transB", false);
        return Operator.single(in -> {
            try (NDArray a = oriented(in.array(0), transposeA);
                    NDArray b = oriented(in.array(1), transposeB);
                    NDArray product = in.precision() == Precision.FLOAT32
                            ? a.matMul(b)
                            : product(in.precision(), (PtNDArray) a, b, null)) {
                NDArray scaled = alpha == 1 ? product.reshape(product.getShape()) : NativeArrays.times(product, alpha);
                if (!in.has(2)) {
                    return new Tensor(scaled);
                }
                try (NDArray left = scaled;
                        NDArray c = beta == 1
                                ? in.array(2).reshape(in.array(2).getShape())
                                : NativeArrays.times(in.array(2), beta)) {
                    return new Tensor(left.add(c));
                }
            }
        });
    }

    private static NDArray oriented(NDArray matrix, boolean transposed) {
        return transposed ? matrix.transpose() : matrix.reshape(matrix.getShape());
    }
}
