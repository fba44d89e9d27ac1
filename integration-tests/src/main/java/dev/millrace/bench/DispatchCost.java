package dev.millrace.bench;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import dev.millrace.trainer.onnx.GraphExecutor;
import dev.millrace.trainer.onnx.ParameterStore;
import dev.millrace.trainer.onnx.UnsupportedGraphException;
import java.util.Map;
import java.util.Set;

/**
 * What one operator costs apart from its arithmetic: the interpreter, the way into native code and back, the autograd
 * record. Measured on a long chain of operators over a single number, where there is next to no arithmetic. An upper bound
 * for the interpreter's own share. Owned by one thread, which closes it.
 */
final class DispatchCost implements AutoCloseable {
    private static final int LENGTH = 500;
    private static final int OPSET = 13;
    private static final int FLOAT = TensorProto.DataType.FLOAT.getNumber();

    private final NDManager manager = NDManager.newBaseManager(Device.cpu());
    private final ParameterStore parameters;
    private final GraphExecutor executor;

    DispatchCost() throws UnsupportedGraphException {
        ModelProto model = chain();
        this.parameters = ParameterStore.of(model, Set.of("weight"), Device.cpu());
        this.executor = GraphExecutor.compile(model, parameters);
    }

    private static ModelProto chain() {
        GraphProto.Builder graph = GraphProto.newBuilder()
                .addInitializer(TensorProto.newBuilder()
                        .setName("weight")
                        .setDataType(FLOAT)
                        .addDims(1)
                        .addFloatData(1))
                .addInput(ValueInfoProto.newBuilder().setName("value0"));
        for (int i = 0; i < LENGTH; i++) {
            graph.addNode(NodeProto.newBuilder()
                    .setName("node" + i)
                    .setOpType("Mul")
                    .addInput("value" + i)
                    .addInput("weight")
                    .addOutput("value" + (i + 1)));
        }
        graph.addOutput(ValueInfoProto.newBuilder().setName("value" + LENGTH));
        return ModelProto.newBuilder()
                .setGraph(graph)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(OPSET))
                .build();
    }

    /** Nanoseconds for one operator, forward and backward. */
    double measure() {
        long started = System.nanoTime();
        try (NDManager step = manager.newSubManager();
                GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray input = step.create(new float[] {1});
            NDArray result = executor.begin(step, Map.of("value0", input)).fetch("value" + LENGTH);
            collector.backward(result);
        }
        parameters.clearGradients();
        return (System.nanoTime() - started) / (double) LENGTH;
    }

    @Override
    public void close() {
        executor.close();
        parameters.close();
        manager.close();
    }
}
