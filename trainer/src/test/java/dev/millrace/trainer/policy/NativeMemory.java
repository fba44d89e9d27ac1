package dev.millrace.trainer.policy;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Structure;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;

/** Bytes that the C library has handed out in this process and not got back, direct buffers not counted. */
final class NativeMemory {
    private NativeMemory() {}

    interface GlibC extends Library {
        Statistics mallinfo2();
    }

    /** {@code struct mallinfo2} of glibc 2.33 and later. */
    @Structure.FieldOrder({
        "arena",
        "ordblks",
        "smblks",
        "hblks",
        "hblkhd",
        "usmblks",
        "fsmblks",
        "uordblks",
        "fordblks",
        "keepcost"
    })
    public static final class Statistics extends Structure implements Structure.ByValue {
        public long arena;
        public long ordblks;
        public long smblks;
        public long hblks;
        /** In blocks mapped one by one. */
        public long hblkhd;

        public long usmblks;
        public long fsmblks;
        /** In use in all arenas. */
        public long uordblks;

        public long fordblks;
        public long keepcost;
    }

    /** Whether the C library can tell. */
    static boolean isKnown() {
        try {
            return used() != 0;
        } catch (UnsatisfiedLinkError e) {
            return false;
        }
    }

    static long used() {
        Statistics statistics = Native.load("c", GlibC.class).mallinfo2();
        return statistics.hblkhd + statistics.uordblks - direct();
    }

    /** Bytes in direct buffers. */
    static long direct() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
    }
}
