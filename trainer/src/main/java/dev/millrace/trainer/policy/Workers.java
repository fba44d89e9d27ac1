package dev.millrace.trainer.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/**
 * Threads that share loops over pieces of memory. Whichever is free takes the next piece: a core that serves meanwhile holds
 * up nobody but itself. Owned by the trainer thread, which takes part in every loop and closes it.
 */
final class Workers implements AutoCloseable {
    private final int others;
    private final ExecutorService pool;

    /** @param threads that take part, the caller among them; at least 1 */
    Workers(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads of the optimizer must be at least 1, was " + threads);
        }
        this.others = threads - 1;
        this.pool = Executors.newCachedThreadPool(task -> {
            Thread worker = new Thread(task, "millrace-optimizer");
            worker.setDaemon(true);
            return worker;
        });
    }

    /**
     * Does the work for each piece and waits for all of it; the first failure is thrown then.
     *
     * @param work for a piece, by its number from 0; pieces do not depend on each other, and run in any order
     */
    void forEach(int pieces, IntConsumer work) {
        AtomicInteger next = new AtomicInteger();
        Runnable share = () -> {
            for (int piece = next.getAndIncrement(); piece < pieces; piece = next.getAndIncrement()) {
                work.accept(piece);
            }
        };
        List<Future<?>> shares = new ArrayList<>();
        for (int i = 0; i < Math.min(others, pieces - 1); i++) {
            shares.add(pool.submit(share));
        }
        try {
            share.run();
        } finally {
            shares.forEach(Workers::await);
        }
    }

    private static void await(Future<?> share) {
        boolean interrupted = false;
        while (true) {
            try {
                share.get();
                break;
            } catch (InterruptedException e) {
                interrupted = true; // weights that are changed in part must not be seen: finish first
            } catch (ExecutionException e) {
                throw new IllegalStateException("a worker of the optimizer failed: " + e.getCause(), e.getCause());
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        pool.shutdown();
    }
}
