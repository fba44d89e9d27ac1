package dev.millrace.trainer.onnx;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import dev.millrace.trainer.onnx.operator.TensorReader;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The float initializers of one graph as autograd leaves, in graph order.
 *
 * <p>Owned by the trainer thread. Whoever made it closes it, after the last run; programs compiled for it become unusable
 * with it. On CPU the weights live in direct buffers outside the heap, bounded by {@code -XX:MaxDirectMemorySize}.
 */
public final class ParameterStore implements AutoCloseable {
    private final NDManager manager;
    private final Placement placement;
    private final List<Parameter> parameters = new ArrayList<>();
    private final Map<String, Integer> places = new HashMap<>();
    /** Replaced in this step: a recorded graph may still read their memory. */
    private final List<Parameter> replaced = new ArrayList<>();

    private ParameterStore(Placement placement) {
        this.placement = placement;
        manager = Engine.getEngine("PyTorch").newBaseManager(placement.device());
        manager.setName("parameters");
    }

    /**
     * Copies the float initializers out of a model.
     *
     * @param trained names of the initializers that get gradients
     * @throws IllegalArgumentException if a name in {@code trained} is no float initializer, or if a tensor is incomplete
     */
    public static ParameterStore of(ModelProto model, Set<String> trained, Device device) {
        return of(model, trained, Placement.on(device));
    }

    /**
     * Copies the float initializers out of a model.
     *
     * @param trained names of the initializers that get gradients
     * @param placement device, and whether Java sees its memory
     * @throws IllegalArgumentException as the other
     */
    public static ParameterStore of(ModelProto model, Set<String> trained, Placement placement) {
        ParameterStore store = new ParameterStore(placement);
        try {
            for (TensorProto tensor : model.getGraph().getInitializerList()) {
                if (TensorReader.isFloat(tensor)) {
                    store.add(tensor, trained.contains(tensor.getName()));
                }
            }
            Set<String> unknown = new TreeSet<>(trained);
            unknown.removeAll(store.places.keySet());
            if (!unknown.isEmpty()) {
                throw new IllegalArgumentException("no float initializer of the graph is named " + unknown);
            }
            return store;
        } catch (RuntimeException e) {
            store.close();
            throw e;
        }
    }

    private void add(TensorProto tensor, boolean trained) {
        add(create(tensor.getName(), TensorReader.shape(tensor), TensorReader.floats(tensor), trained));
    }

    private void add(Parameter parameter) {
        places.put(parameter.name(), parameters.size());
        parameters.add(parameter);
    }

    private Parameter create(String name, long[] shape, ByteBuffer values, boolean trained) {
        return new Parameter(manager, name, shape, values, new Parameter.Mode(placement.shared(), trained));
    }

    /**
     * Gives a frozen matrix a low-rank change that trains in its place, zero at first. Every node that reads the matrix
     * reads the sum from now on. Call before compiling.
     *
     * @param down first factor {@code [rows, rank]}, row-major, from position to limit; copied
     * @param rank of the change, at least 1
     * @param scale factor on the change
     * @throws IllegalArgumentException if the parameter is no matrix, trains itself or has a change already
     */
    public void adapt(String name, FloatBuffer down, int rank, double scale) {
        Parameter matrix = get(name);
        long[] shape = matrix.shape();
        if (shape.length != 2 || matrix.trained() || matrix.adapter() != null) {
            throw new IllegalArgumentException(
                    "\"" + name + "\" cannot have an adapter: only a frozen matrix without one" + " can, this has "
                            + shape.length + " axes");
        }
        Parameter first = create(name + Adapter.DOWN, new long[] {shape[0], rank}, floats(down), true);
        ByteBuffer zeros = TensorReader.allocateFloats(rank * shape[1]);
        Parameter second = create(name + Adapter.UP, new long[] {rank, shape[1]}, zeros, true);
        add(first);
        add(second);
        matrix.adapt(new Adapter(first, second, scale));
    }

    private static ByteBuffer floats(FloatBuffer values) {
        ByteBuffer copy = TensorReader.allocateFloats(values.remaining());
        copy.asFloatBuffer().put(values.duplicate());
        return copy;
    }

    /**
     * Returns a parameter.
     *
     * @throws IllegalArgumentException if there is none of that name
     */
    public Parameter get(String name) {
        return parameters.get(place(name));
    }

    /** Returns all parameters in graph order, then the factors of adapters. */
    public Collection<Parameter> all() {
        return Collections.unmodifiableList(parameters);
    }

    /** Returns the parameters that get gradients, in graph order, then the factors of adapters. */
    public List<Parameter> trained() {
        return parameters.stream().filter(Parameter::trained).toList();
    }

    /** Returns the initializers of the graph whose values change, by themselves or by an adapter, in graph order. */
    public List<Parameter> changing() {
        Set<Parameter> factors = parameters.stream()
                .map(Parameter::adapter)
                .filter(Objects::nonNull)
                .flatMap(adapter -> Stream.of(adapter.down(), adapter.up()))
                .collect(Collectors.toSet());
        return parameters.stream()
                .filter(parameter -> parameter.adapter() != null || parameter.trained())
                .filter(parameter -> !factors.contains(parameter))
                .toList();
    }

    /** Arrays of the engine that it holds, constants of programs among them. */
    public int arrays() {
        return manager.getManagedArrays().size();
    }

    /** Where the parameters live. */
    public Placement placement() {
        return placement;
    }

    /**
     * Puts a new leaf in the place of a parameter; its shape may differ. The old one is closed, its gradient is lost.
     *
     * @param values the remaining values are copied, as many as the shape holds
     * @return the new parameter, read by every node that runs from now on
     */
    public Parameter replace(String name, long[] shape, FloatBuffer values, boolean trained) {
        int place = place(name);
        Parameter next = create(name, shape, floats(values), trained);
        Parameter old = parameters.set(place, next);
        old.close();
        replaced.add(old);
        return next;
    }

    /** Forgets all gradients and frees their memory. Call between the backward passes that must not add up. */
    public void clearGradients() {
        for (Parameter parameter : parameters) {
            parameter.clearGradient();
        }
        replaced.clear();
    }

    /** Closes the parameters and the constants of programs compiled for them. */
    @Override
    public void close() {
        manager.close();
        replaced.clear();
    }

    /** Returns the place of a name in the list, -1 if it is no parameter. */
    int indexOf(String name) {
        return places.getOrDefault(name, -1);
    }

    Parameter at(int index) {
        return parameters.get(index);
    }

    int count() {
        return parameters.size();
    }

    NDManager manager() {
        return manager;
    }

    private int place(String name) {
        Integer place = places.get(name);
        if (place == null) {
            throw new IllegalArgumentException("no parameter is named \"" + name + "\"; there are " + places.size());
        }
        return place;
    }
}
