package dev.millrace.trainer.onnx;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import dev.millrace.trainer.onnx.operator.TensorReader;
import dev.millrace.trainer.onnx.operator.UnsupportedNodeException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One pass forwards and backwards on made-up inputs, so that a graph whose shapes do not work out is refused when it is
 * loaded and not by the first batch. Belongs to the thread that compiles; leaves no gradient behind. Stateless.
 */
public final class TrialRun {
    private static final int ROWS = 2;

    /**
     * Extents tried, one after the other, where the graph leaves one open: a few tokens; images that a network may halve
     * five times; the usual image.
     */
    private static final List<Integer> OPEN_EXTENTS = List.of(4, 32, 64, 224);

    private TrialRun() {}

    /**
     * Runs the graph with the first extents that it takes.
     *
     * @param executor compiled from {@code model} and {@code parameters}
     * @return the trained weights that no gradient reaches, in graph order
     * @throws UnsupportedGraphException if it fails with all of them, with the node at which each does
     */
    public static List<String> check(ModelProto model, GraphExecutor executor, ParameterStore parameters)
            throws UnsupportedGraphException {
        List<String> failures = new ArrayList<>();
        for (int extent : OPEN_EXTENTS) {
            try {
                return pass(model, executor, parameters, extent);
            } catch (IllegalStateException e) {
                failures.add(
                        "trial with " + ROWS + " made-up inputs, open extents of " + extent + ": " + e.getMessage());
            } finally {
                parameters.clearGradients();
            }
        }
        throw new UnsupportedGraphException(failures);
    }

    private static List<String> pass(ModelProto model, GraphExecutor executor, ParameterStore parameters, int extent)
            throws UnsupportedGraphException {
        try (NDManager step = parameters.manager().newSubManager()) {
            Map<String, NDArray> inputs = new HashMap<>();
            for (ValueInfoProto input : model.getGraph().getInputList()) {
                if (executor.inputs().contains(input.getName())) {
                    inputs.put(input.getName(), madeUp(step, input, extent));
                }
            }
            try (GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector()) {
                GraphRun run = executor.begin(step, inputs);
                NDArray loss = step.create(0f);
                for (String output : executor.outputs()) {
                    NDArray value = run.fetch(output);
                    loss = value.getDataType().isFloating()
                            ? loss.add(value.square().sum())
                            : loss;
                }
                loss.attach(step);
                if (parameters.trained().isEmpty()) {
                    return List.of();
                }
                return backward(collector, loss, step, parameters);
            }
        }
    }

    private static List<String> backward(
            GradientCollector collector, NDArray loss, NDManager step, ParameterStore parameters) {
        try {
            collector.backward(loss);
        } catch (RuntimeException e) {
            throw new IllegalStateException("no gradient can be computed: " + e.getMessage(), e);
        }
        return parameters.trained().stream()
                .filter(parameter -> parameter.gradient(step) == null)
                .map(Parameter::name)
                .toList();
    }

    /** Ones: a token that there is, a mask that hides nothing, an image of one colour. */
    private static NDArray madeUp(NDManager step, ValueInfoProto input, int extent) throws UnsupportedGraphException {
        String what = "input \"" + input.getName() + "\": ";
        if (!input.getType().getTensorType().hasShape()) {
            throw new UnsupportedGraphException(List.of(what + "declares no shape; export the model with its shapes"));
        }
        List<TensorShapeProto.Dimension> declared =
                input.getType().getTensorType().getShape().getDimList();
        long[] shape = new long[declared.size()];
        Arrays.setAll(
                shape, i -> declared.get(i).getDimValue() > 0 ? declared.get(i).getDimValue() : i == 0 ? ROWS : extent);
        return step.ones(new Shape(shape), type(what, input));
    }

    private static DataType type(String what, ValueInfoProto input) throws UnsupportedGraphException {
        try {
            return TensorReader.dataType(input.getType().getTensorType().getElemType());
        } catch (UnsupportedNodeException e) {
            throw new UnsupportedGraphException(List.of(what + e.getMessage()));
        }
    }
}
