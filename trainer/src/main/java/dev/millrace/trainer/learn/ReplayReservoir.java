package dev.millrace.trainer.learn;

import dev.millrace.trainer.policy.SeededRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A bounded memory of past samples that keeps its classes as even as the stream allows.
 *
 * <p>Class-balancing reservoir sampling, Chrysakis and Moens, "Online Continual Learning from Imbalanced Data", ICML 2020:
 * while there is room everything is kept. After that a sample of a class that was never the largest takes the place of a
 * random sample of the largest class; within a class that once was the largest, plain reservoir sampling goes on. Ours: a
 * class that lost its last sample, which happens with more classes than places, may come back. A sample that cannot be
 * trained is taken out by {@link #remove}.
 *
 * <p>Contents and draws follow from the seed and the order of calls alone; {@link #state} and {@link #restored} carry them
 * over a restart without a difference. Owned by the trainer thread.
 *
 * @param <T> a sample; kept by reference, so immutable
 */
public final class ReplayReservoir<T> {
    private final int capacity;
    private final SeededRandom random;
    private final Map<String, Stored<T>> classes = new LinkedHashMap<>();
    private int size;

    /**
     * An empty reservoir.
     *
     * @param capacity most samples kept, 1 or more
     * @param random this reservoir's own generator
     */
    public ReplayReservoir(int capacity, SeededRandom random) {
        if (capacity < 1) {
            throw new IllegalArgumentException("replay.capacity must be at least 1, was " + capacity);
        }
        this.capacity = capacity;
        this.random = random;
    }

    /**
     * Everything a reservoir holds. Immutable.
     *
     * @param capacity most samples kept
     * @param randomState state of the generator
     * @param classes in the order of their first appearance, also those without a sample left
     */
    public record State<T>(int capacity, long randomState, List<ClassState<T>> classes) {
        public State {
            classes = List.copyOf(classes);
        }
    }

    /**
     * One class. Immutable.
     *
     * @param label name of the class
     * @param seen samples of it offered so far
     * @param full whether it was the largest class at some time
     * @param samples kept, in slot order
     */
    public record ClassState<T>(String label, long seen, boolean full, List<T> samples) {
        public ClassState {
            samples = List.copyOf(samples);
        }
    }

    /** A reservoir that goes on where {@code state} was taken. */
    public static <T> ReplayReservoir<T> restored(State<T> state) {
        ReplayReservoir<T> reservoir = new ReplayReservoir<>(state.capacity(), new SeededRandom(state.randomState()));
        for (ClassState<T> one : state.classes()) {
            reservoir.classes.put(one.label(), new Stored<>(one));
            reservoir.size += one.samples().size();
        }
        if (reservoir.size > state.capacity()) {
            throw new IllegalArgumentException(
                    "a reservoir of capacity " + state.capacity() + " cannot hold " + reservoir.size + " samples");
        }
        return reservoir;
    }

    public State<T> state() {
        return new State<>(
                capacity,
                random.state(),
                classes.entrySet().stream()
                        .map(entry -> entry.getValue().state(entry.getKey()))
                        .toList());
    }

    public int size() {
        return size;
    }

    /** Offers one sample of the stream, which is kept or not. */
    public void offer(String label, T sample) {
        Stored<T> own = classes.computeIfAbsent(label, unused -> new Stored<>());
        own.seen++;
        if (size < capacity) {
            own.samples.add(sample);
            size++;
            return;
        }
        List<Stored<T>> largest = largest();
        largest.forEach(one -> one.full = true);
        if (!own.full || own.samples.isEmpty()) {
            largest.get(random.nextInt(largest.size())).remove(random);
            own.samples.add(sample);
        } else if (random.nextDouble() * own.seen < own.samples.size()) {
            own.samples.set(random.nextInt(own.samples.size()), sample);
        }
    }

    /** Takes out this very sample, when it is here. */
    public void remove(String label, T sample) {
        Stored<T> own = classes.get(label);
        if (own != null && own.samples.removeIf(kept -> kept == sample)) {
            size--;
        }
    }

    /**
     * Draws with replacement: first a class that has samples, each with the same chance, then one of its samples.
     *
     * @param count samples wanted, 0 or more
     * @return {@code count} samples, or none while the reservoir is empty
     */
    public List<T> draw(int count) {
        List<Stored<T>> present =
                classes.values().stream().filter(one -> !one.samples.isEmpty()).toList();
        List<T> drawn = new ArrayList<>(count);
        for (int i = 0; i < count && !present.isEmpty(); i++) {
            List<T> samples = present.get(random.nextInt(present.size())).samples;
            drawn.add(samples.get(random.nextInt(samples.size())));
        }
        return drawn;
    }

    private List<Stored<T>> largest() {
        int most = classes.values().stream()
                .mapToInt(one -> one.samples.size())
                .max()
                .orElseThrow();
        return classes.values().stream()
                .filter(one -> one.samples.size() == most)
                .toList();
    }

    private static final class Stored<T> {
        private final List<T> samples = new ArrayList<>();
        private long seen;
        private boolean full;

        Stored() {}

        Stored(ClassState<T> state) {
            samples.addAll(state.samples());
            seen = state.seen();
            full = state.full();
        }

        /** Takes a random sample out; the last one fills its slot. */
        void remove(SeededRandom random) {
            int slot = random.nextInt(samples.size());
            T last = samples.remove(samples.size() - 1);
            if (slot < samples.size()) {
                samples.set(slot, last);
            }
        }

        ClassState<T> state(String label) {
            return new ClassState<>(label, seen, full, samples);
        }
    }
}
