package dev.millrace.trainer.batch;

import java.util.Arrays;
import java.util.function.Consumer;

/**
 * The ids accepted last, in the order in which they came, and a hash table with linear probing that finds them. Its slots
 * are four bytes, of which two tell nearly every other id apart: so a look touches little memory. Owned by the stream thread.
 */
final class IdTable {
    /** What {@link #find} says of an id that is not there: earlier than any time. */
    static final long NEVER = Long.MIN_VALUE;

    /** The lower half of a slot says where the id is, counted from one, the upper half has 16 bits of its hash. */
    private static final int MAX_IDS = 0xffff;

    private static final int TAG = ~MAX_IDS;
    private static final int FREE = 0;
    private static final int FIELDS = 3;
    private static final int LOW = 1;
    private static final int ACCEPTED_AT = 2;

    private final long[] ids;
    private final int[] slots;
    private final int mask;
    private int size;

    /** @param capacity most ids it will hold, at most 65,535 */
    IdTable(int capacity) {
        if (capacity < 1 || capacity > MAX_IDS) {
            throw new IllegalArgumentException("capacity is " + capacity + ", must be in [1, " + MAX_IDS + "]");
        }
        this.ids = new long[capacity * FIELDS];
        this.slots = new int[2 * Integer.highestOneBit(2 * capacity - 1)];
        this.mask = slots.length - 1;
    }

    /** When the id was accepted last, or {@link #NEVER}. */
    long find(IdHash id) {
        int slot = slots[slotOf(id.high(), id.low())];
        return slot == FREE ? NEVER : ids[start(slot) + ACCEPTED_AT];
    }

    /** Adds an id; one that is there already is found with the new time from now on. */
    void add(SeenId id) {
        int start = size * FIELDS;
        ids[start] = id.high();
        ids[start + LOW] = id.low();
        ids[start + ACCEPTED_AT] = id.acceptedAt();
        size++;
        slots[slotOf(id.high(), id.low())] = tag(id.low()) | size;
    }

    /** The id that came at this place, counted from zero. */
    SeenId get(int place) {
        int start = place * FIELDS;
        return new SeenId(ids[start], ids[start + LOW], ids[start + ACCEPTED_AT]);
    }

    void forEach(Consumer<SeenId> action) {
        for (int i = 0; i < size; i++) {
            action.accept(get(i));
        }
    }

    int size() {
        return size;
    }

    boolean isFull() {
        return size * FIELDS == ids.length;
    }

    void clear() {
        Arrays.fill(slots, FREE);
        size = 0;
    }

    /** The slot of the id, or the free one where it would be. */
    private int slotOf(long high, long low) {
        int tag = tag(low);
        int index = (int) high & mask;
        while (true) {
            int slot = slots[index];
            if (slot == FREE || ((slot & TAG) == tag && ids[start(slot)] == high && ids[start(slot) + LOW] == low)) {
                return index;
            }
            index = (index + 1) & mask;
        }
    }

    private static int start(int slot) {
        return ((slot & MAX_IDS) - 1) * FIELDS;
    }

    private static int tag(long low) {
        return (int) (low >>> Integer.SIZE) & TAG;
    }
}
