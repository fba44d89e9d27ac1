package dev.millrace.trainer.batch;

import java.util.Arrays;
import java.util.function.Consumer;

/** The ids seen last, in memory: a hash table with linear probing. Owned by the stream thread. */
final class IdTable {
    /** What {@link #find} says of an id that is not there: earlier than any time. */
    static final long NEVER = Long.MIN_VALUE;

    private static final int FIELDS = 3;
    private static final int LOW = 1;
    private static final int ACCEPTED_AT = 2;

    private final long[] slots;
    private final int mask;
    private int size;

    /** @param slots a power of two, larger than the number of ids that will ever be in it at once */
    IdTable(int slots) {
        this.slots = new long[slots * FIELDS];
        this.mask = slots - 1;
        clear();
    }

    /** When the id was accepted last, or {@link #NEVER}. */
    long find(IdHash id) {
        return slots[slotOf(id.high(), id.low()) + ACCEPTED_AT];
    }

    /** Adds the id; one that is there already gets the new time. */
    void put(SeenId id) {
        int slot = slotOf(id.high(), id.low());
        if (slots[slot + ACCEPTED_AT] == NEVER) {
            size++;
        }
        slots[slot] = id.high();
        slots[slot + LOW] = id.low();
        slots[slot + ACCEPTED_AT] = id.acceptedAt();
    }

    void forEach(Consumer<SeenId> action) {
        for (int slot = 0; slot < slots.length; slot += FIELDS) {
            if (slots[slot + ACCEPTED_AT] != NEVER) {
                action.accept(new SeenId(slots[slot], slots[slot + LOW], slots[slot + ACCEPTED_AT]));
            }
        }
    }

    int size() {
        return size;
    }

    void clear() {
        Arrays.fill(slots, NEVER);
        size = 0;
    }

    /** Where the id is, or the free slot where it would be. */
    private int slotOf(long high, long low) {
        int index = (int) high & mask;
        while (true) {
            int slot = index * FIELDS;
            if (slots[slot + ACCEPTED_AT] == NEVER || (slots[slot] == high && slots[slot + LOW] == low)) {
                return slot;
            }
            index = (index + 1) & mask;
        }
    }
}
