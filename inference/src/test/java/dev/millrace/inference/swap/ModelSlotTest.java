package dev.millrace.inference.swap;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.inference.encoder.Encoded;
import dev.millrace.inference.encoder.EncoderInput;
import dev.millrace.inference.encoder.InputKind;
import dev.millrace.inference.load.EmbeddingModel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ModelSlotTest {
    private static final int READERS = 8;
    private static final int SWAPS = 20_000;

    @Test
    void isEmptyUntilTheFirstSwap() {
        ModelSlot slot = new ModelSlot(Runnable::run);

        assertThat(slot.lease()).isEmpty();
    }

    @Test
    void closesTheOldModelWhenItsLastLeaseIsReturned() {
        ModelSlot slot = new ModelSlot(Runnable::run);
        LoudModel first = new LoudModel(1);
        slot.swap(first);
        Lease one = slot.lease().orElseThrow();
        Lease two = slot.lease().orElseThrow();

        slot.swap(new LoudModel(2));
        one.close();
        one.close();
        assertThat(first.closed).isFalse();

        two.close();
        assertThat(first.closed).isTrue();
        try (Lease lease = slot.lease().orElseThrow()) {
            assertThat(lease.model().version()).isEqualTo(2);
        }
    }

    @Test
    void anOlderModelPutInOnPurposeServes() {
        ModelSlot slot = new ModelSlot(Runnable::run);
        slot.swap(new LoudModel(9));
        slot.swap(new LoudModel(3));

        try (Lease lease = slot.lease().orElseThrow()) {
            assertThat(lease.model().version()).isEqualTo(3);
        }
    }

    @Test
    void closingLetsTheLastModelGo() {
        ModelSlot slot = new ModelSlot(Runnable::run);
        LoudModel model = new LoudModel(1);
        slot.swap(model);

        slot.close();

        assertThat(model.closed).isTrue();
        assertThat(slot.lease()).isEmpty();
    }

    @Test
    void manyReadersNeverUseAClosedModelAndNeverGoBack() throws Exception {
        AtomicInteger open = new AtomicInteger();
        AtomicBoolean done = new AtomicBoolean();
        ExecutorService threads = Executors.newFixedThreadPool(READERS + 1);
        ExecutorService closing = Executors.newSingleThreadExecutor();
        ModelSlot slot = new ModelSlot(closing);
        slot.swap(new LoudModel(0, open));
        List<Future<Long>> readers = new ArrayList<>();
        try {
            for (int i = 0; i < READERS; i++) {
                readers.add(threads.submit(reader(slot, done)));
            }
            for (int version = 1; version <= SWAPS; version++) {
                slot.swap(new LoudModel(version, open));
            }
            done.set(true);

            for (Future<Long> reader : readers) {
                assertThat(reader.get(60, TimeUnit.SECONDS)).isPositive();
            }
        } finally {
            done.set(true);
            slot.close();
            threads.shutdown();
            closing.shutdown();
        }
        assertThat(closing.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        assertThat(open).hasValue(0);
    }

    /** Uses leases until told to stop; gives the number of uses. */
    private static Callable<Long> reader(ModelSlot slot, AtomicBoolean done) {
        return () -> {
            long newest = 0;
            long uses = 0;
            while (!done.get() || uses == 0) {
                try (Lease lease = slot.lease().orElseThrow()) {
                    long version = lease.model().version();
                    if (version < newest) {
                        throw new AssertionError("version " + version + " after " + newest);
                    }
                    newest = version;
                    lease.model().encode(List.of());
                    uses++;
                }
            }
            return uses;
        };
    }

    /** Shouts when it is used after it was closed, or closed twice. */
    private static final class LoudModel implements EmbeddingModel {
        private final long version;
        private final AtomicInteger open;
        private final AtomicBoolean closed = new AtomicBoolean();

        LoudModel(long version) {
            this(version, new AtomicInteger());
        }

        LoudModel(long version, AtomicInteger open) {
            this.version = version;
            this.open = open;
            open.incrementAndGet();
        }

        @Override
        public long version() {
            return version;
        }

        @Override
        public int dimension() {
            return 1;
        }

        @Override
        public List<String> labels() {
            return List.of();
        }

        @Override
        public InputKind input() {
            return InputKind.TEXT;
        }

        @Override
        public Encoded encode(List<EncoderInput> inputs) {
            for (int i = 0; i < 10; i++) {
                if (closed.get()) {
                    throw new AssertionError("version " + version + " is used after it was closed");
                }
                Thread.onSpinWait();
            }
            return new Encoded(new float[0][], new float[0][], new float[0][], new int[0]);
        }

        @Override
        public void close() {
            if (!closed.compareAndSet(false, true)) {
                throw new AssertionError("version " + version + " is closed twice");
            }
            open.decrementAndGet();
        }
    }
}
