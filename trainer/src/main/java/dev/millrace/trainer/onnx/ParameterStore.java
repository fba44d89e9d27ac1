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
import java.util.Set;
import java.util.TreeSet;

/**
 * The float initializers of one graph as autograd leaves, in graph order.
 *
 * <p>Owned by the trainer thread. Whoever made it closes it, after the last run; programs compiled for it become unusable
 * with it. On CPU the weights live in direct buffers outside the heap, bounded by {@code -XX:MaxDirectMemorySize}.
 */
public final class ParameterStore implements AutoCloseable {
    private final NDManager manager;
    private final List<Parameter> parameters = new ArrayList<>();
    private final Map<String, Integer> places = new HashMap<>();
    /** Replaced in this step: a recorded graph may still read their memory. */
    private final List<Parameter> replaced = new ArrayList<>();

    private ParameterStore(Device device) {
        manager = Engine.getEngine("PyTorch").newBaseManager(device);
        manager.setName("parameters");
    }

    /**
     * Copies the float initializers out of a model.
     *
     * @param trained names of the initializers that get gradients
     * @throws IllegalArgumentException if a name in {@code trained} is no float initializer, or if a tensor is incomplete
     */
    public static ParameterStore of(ModelProto model, Set<String> trained, Device device) {
        ParameterStore store = new ParameterStore(device);
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
        String name = tensor.getName();
        places.put(name, parameters.size());
        parameters.add(new Parameter(manager, name, TensorReader.shape(tensor), TensorReader.floats(tensor), trained));
    }

    /**
     * Returns a parameter.
     *
     * @throws IllegalArgumentException if there is none of that name
     */
    public Parameter get(String name) {
        return parameters.get(place(name));
    }

    /** Returns all parameters in graph order. */
    public Collection<Parameter> all() {
        return Collections.unmodifiableList(parameters);
    }

    /** Returns the parameters that get gradients, in graph order. */
    public List<Parameter> trained() {
        return parameters.stream().filter(Parameter::trained).toList();
    }

    /**
     * Puts a new leaf in the place of a parameter; its shape may differ. The old one is closed, its gradient is lost.
     *
     * @param values the remaining values are copied, as many as the shape holds
     * @return the new parameter, read by every node that runs from now on
     */
    public Parameter replace(String name, long[] shape, FloatBuffer values, boolean trained) {
        int place = place(name);
        ByteBuffer copy = TensorReader.allocateFloats(values.remaining());
        copy.asFloatBuffer().put(values.duplicate());
        Parameter next = new Parameter(manager, name, shape, copy, trained);
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
