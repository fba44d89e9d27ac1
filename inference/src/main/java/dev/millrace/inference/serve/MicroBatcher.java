package dev.millrace.inference.serve;

import dev.millrace.inference.encoder.Encoded;
import dev.millrace.inference.encoder.EncoderInput;
import dev.millrace.inference.encoder.UnusableInputException;
import dev.millrace.inference.load.EmbeddingModel;
import dev.millrace.inference.swap.Lease;
import dev.millrace.inference.swap.ModelSlot;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gathers the inputs of many requests into batches. An encoder thread that becomes free takes what is waiting, shared
 * evenly with the other free threads; so nobody waits for a batch to fill, and batches grow by themselves under load. The
 * queue is bounded. The inputs of one request stay together and are answered under one lease.
 *
 * <p>Thread-safe. {@link #stop} lets what is queued be answered; closing ends the threads after the batch at work.
 */
final class MicroBatcher implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(MicroBatcher.class);

    private record Job(List<EncoderInput> inputs, CompletableFuture<Answer> answer) {}

    private final ModelSlot slot;
    private final BatchLimits limits;
    private final ServingMetrics metrics;
    private final List<Thread> threads;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    // Guarded by lock.
    private final ArrayDeque<Job> queue = new ArrayDeque<>();
    private int queuedInputs;
    private int idleThreads;
    private boolean stopping;

    /** Starts the encoder threads. */
    MicroBatcher(ModelSlot slot, BatchLimits limits, ServingMetrics metrics) {
        this.slot = slot;
        this.limits = limits;
        this.metrics = metrics;
        this.threads = IntStream.range(0, limits.threads())
                .mapToObj(i -> new Thread(this::run, "encoder-" + i))
                .toList();
        threads.forEach(Thread::start);
    }

    /**
     * Queues the inputs of one request.
     *
     * @return completes on an encoder thread; whoever does more with it than a few microseconds should change threads
     * @throws ApiException when the queue is full or the service stops
     */
    CompletableFuture<Answer> submit(List<EncoderInput> inputs) {
        Job job = new Job(inputs, new CompletableFuture<>());
        lock.lock();
        try {
            if (stopping) {
                throw stopped();
            }
            // An empty queue takes any request, so that a large one is not refused for ever.
            if (queuedInputs > 0 && queuedInputs + inputs.size() > limits.queueTexts()) {
                throw new ApiException(
                        Outcome.OVERLOADED,
                        queuedInputs + " inputs are waiting, which is the limit; come again later.");
            }
            queue.add(job);
            queuedInputs += inputs.size();
            metrics.queued(queuedInputs);
            changed.signal();
        } finally {
            lock.unlock();
        }
        return job.answer;
    }

    private void run() {
        try {
            for (List<Job> batch = take(); !batch.isEmpty(); batch = take()) {
                encode(batch);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // only an impatient close interrupts
        }
    }

    /** The next jobs, at least one; none when the service stops and the queue is empty. */
    private List<Job> take() throws InterruptedException {
        lock.lock();
        try {
            idleThreads++;
            while (queue.isEmpty() && !stopping) {
                changed.await();
            }
            int share = Math.min(limits.batchTexts(), (queuedInputs + idleThreads - 1) / idleThreads);
            idleThreads--;
            List<Job> batch = new ArrayList<>();
            int inputs = 0;
            for (Job next = queue.peek(); next != null; next = queue.peek()) {
                if (inputs > 0 && inputs + next.inputs.size() > share) {
                    break;
                }
                batch.add(queue.remove());
                inputs += next.inputs.size();
            }
            queuedInputs -= inputs;
            metrics.queued(queuedInputs);
            return batch;
        } finally {
            lock.unlock();
        }
    }

    private void encode(List<Job> batch) {
        try (Lease lease = slot.lease().orElseThrow(MicroBatcher::notReady)) {
            EmbeddingModel model = lease.model();
            List<EncoderInput> inputs =
                    batch.stream().flatMap(job -> job.inputs.stream()).toList();
            Encoded encoded = model.encode(inputs);
            int from = 0;
            for (Job job : batch) {
                int to = from + job.inputs.size();
                answer(job, model, encoded.slice(from, to));
                from = to;
            }
            metrics.encoded(encoded);
        } catch (ApiException e) {
            batch.forEach(job -> job.answer.completeExceptionally(e));
        } catch (RuntimeException | Error e) {
            // A thread that dies here would leave every later request without an answer.
            failOrSplit(batch, e);
        }
    }

    /** Large inputs may overflow in the model; NaN is no embedding, and no JSON. */
    private static void answer(Job job, EmbeddingModel model, Encoded encoded) {
        if (encoded.isFinite()) {
            job.answer.complete(new Answer(model.version(), model.dimension(), model.labels(), encoded));
        } else {
            job.answer.completeExceptionally(new ApiException(
                    Outcome.INVALID_INPUT, "`input`: the model makes numbers of it that are not finite."));
        }
    }

    /** One request that breaks the encoder must not take its neighbours along. */
    private void failOrSplit(List<Job> batch, Throwable cause) {
        if (batch.size() > 1) {
            batch.stream().filter(job -> !job.answer.isDone()).forEach(job -> encode(List.of(job)));
            return;
        }
        if (cause instanceof UnusableInputException unusable) {
            String which = batch.get(0).inputs.size() > 1 ? "`input[" + unusable.place() + "]`: " : "`input`: ";
            batch.get(0)
                    .answer
                    .completeExceptionally(
                            new ApiException(Outcome.INVALID_INPUT, which + unusable.getMessage() + "."));
            return;
        }
        log.warn("Encoding failed inputs={}", batch.get(0).inputs.size(), cause);
        batch.get(0)
                .answer
                .completeExceptionally(new ApiException(
                        Outcome.INTERNAL, "The model failed on this request; the server's log tells why."));
    }

    static ApiException notReady() {
        return new ApiException(
                Outcome.NOT_READY, "No version is served yet; /readyz tells what this instance waits for.");
    }

    /** Waits until what was accepted before a {@link #stop} is answered. */
    void awaitAnswers(Duration limit) throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        for (Thread thread : threads) {
            thread.join(Math.max(1, (deadline - System.nanoTime()) / 1_000_000));
        }
    }

    /** Takes no more requests; what is queued is still encoded, after which the threads end. */
    void stop() {
        lock.lock();
        try {
            stopping = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        stop();
        refuseQueued();
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            threads.forEach(Thread::interrupt);
            Thread.currentThread().interrupt();
        }
    }

    private void refuseQueued() {
        List<Job> left;
        lock.lock();
        try {
            left = List.copyOf(queue);
            queue.clear();
            queuedInputs = 0;
        } finally {
            lock.unlock();
        }
        left.forEach(job -> job.answer.completeExceptionally(stopped()));
    }

    private static ApiException stopped() {
        return new ApiException(Outcome.STOPPING, "This instance stops; ask another.");
    }
}
