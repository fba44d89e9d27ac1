package dev.millrace.trainer.policy;

import ai.djl.pytorch.jni.JniUtils;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The threads that a step runs on. An even number of threads makes two lanes, which share the native threads and take one
 * half of the batch each: halves need not wait for each other after every operator. An odd number makes one.
 *
 * <p>Two and never more: each adds its gradients to the same weights, and a sum of two has the same bits in either order.
 * Owned by the trainer thread, which is the first lane and closes it.
 */
final class Lanes implements AutoCloseable {
    private final int nativeThreads;
    private final @Nullable ExecutorService second;

    /** @param threads of the training runtime, at least 1 */
    Lanes(int threads) {
        boolean two = threads % 2 == 0;
        this.nativeThreads = two ? threads / 2 : threads;
        this.second = two ? Executors.newSingleThreadExecutor(Lanes::thread) : null;
        enterThread();
        if (second != null) {
            await(second.submit(Executors.callable(this::enterThread)));
        }
    }

    private static Thread thread(Runnable task) {
        Thread thread = new Thread(task, "millrace-second-lane");
        thread.setDaemon(true);
        return thread;
    }

    /** Makes the calling thread use its share of native threads, and record gradients only where told to. */
    void enterThread() {
        JniUtils.setNumThreads(nativeThreads);
        JniUtils.setGradMode(false);
    }

    /** Cuts a batch into at most as many parts as pay. */
    int[][] split(int[] lengths) {
        return second == null ? BatchSplit.forOne(lengths) : BatchSplit.forTwo(lengths);
    }

    /** Runs the work on each part and waits for all; the first failure is thrown then. */
    void each(List<StepPart> parts, Consumer<StepPart> work) {
        if (second == null || parts.size() == 1) {
            parts.forEach(work);
            return;
        }
        Callable<?> other = Executors.callable(() -> work.accept(parts.get(1)));
        Future<?> otherHalf = second.submit(other);
        try {
            work.accept(parts.get(0));
        } catch (RuntimeException | Error e) {
            awaitAfter(e, otherHalf);
            throw e;
        }
        await(otherHalf);
    }

    /** The other half may not run on, and what it throws as well must not hide the first failure. */
    private static void awaitAfter(Throwable first, Future<?> half) {
        try {
            await(half);
        } catch (IllegalStateException e) {
            first.addSuppressed(e);
        }
    }

    private static void await(Future<?> half) {
        boolean interrupted = false;
        while (true) {
            try {
                half.get();
                break;
            } catch (InterruptedException e) {
                interrupted = true; // native code cannot be left half way
            } catch (ExecutionException e) {
                throw new IllegalStateException("the second half of the batch failed: " + e.getCause(), e.getCause());
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        if (second != null) {
            second.shutdown();
        }
    }
}
