package dev.millrace.bench;

import dev.millrace.scenario.HttpProbe;
import dev.millrace.scenario.SampleFeed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Looks at a trainer five times a second, on a thread of its own, and keeps what was largest. Thread-safe; closed by who
 * started it.
 */
final class BurstWatch implements AutoCloseable {
    private static final long BETWEEN_LOOKS_MILLIS = 200;
    private static final double MEGABYTE = 1 << 20;

    private final long pid;
    private final HttpProbe http;
    private final SampleFeed.Account account;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Thread thread = new Thread(this::run, "burst-watch");
    private final Deque<long[]> acknowledged = new ArrayDeque<>(); // {nanoTime, records} of looks not settled yet
    private long settled;
    private double freshnessSeconds;
    private double worstFreshnessSeconds;
    private double heapPeak;
    private double heapLimit;
    private long residentPeak;
    private long backlogPeak;
    private double lagPeak;

    private BurstWatch(long pid, HttpProbe http, SampleFeed.Account account) {
        this.pid = pid;
        this.http = http;
        this.account = account;
        thread.setDaemon(true);
    }

    /** Starts looking at the process with that id. */
    static BurstWatch start(long pid, HttpProbe http, SampleFeed.Account account) {
        BurstWatch watch = new BurstWatch(pid, http, account);
        watch.thread.start();
        return watch;
    }

    private void run() {
        try {
            while (!stopped.await(BETWEEN_LOOKS_MILLIS, TimeUnit.MILLISECONDS)) {
                look();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void look() throws InterruptedException {
        long now = System.nanoTime();
        long records = account.records();
        HttpProbe.Reply metrics = http.get("/metrics");
        double trained = value(metrics, "millrace_trainer_samples_total");
        double other = value(metrics, "millrace_trainer_records_total{outcome=\"holdout\"}")
                + value(metrics, "millrace_trainer_records_total{outcome=\"duplicate\"}")
                + value(metrics, "millrace_trainer_dead_letters_total");
        long resident = resident();
        synchronized (this) {
            settled = (long) (trained + other);
            acknowledged.addLast(new long[] {now, records});
            while (!acknowledged.isEmpty() && acknowledged.peekFirst()[1] <= settled) {
                acknowledged.removeFirst();
            }
            freshnessSeconds = acknowledged.isEmpty() ? 0 : (now - acknowledged.peekFirst()[0]) / 1e9;
            worstFreshnessSeconds = Math.max(worstFreshnessSeconds, freshnessSeconds);
            heapPeak = Math.max(heapPeak, value(metrics, "jvm_memory_used_bytes{area=\"heap\""));
            heapLimit = value(metrics, "jvm_memory_max_bytes{area=\"heap\"");
            residentPeak = Math.max(residentPeak, resident);
            backlogPeak = Math.max(backlogPeak, records - settled);
            lagPeak = Math.max(lagPeak, value(metrics, "millrace_trainer_lag_batches"));
        }
    }

    /** Sum of the series whose lines begin like this; 0 when there is none. */
    private static double value(HttpProbe.Reply metrics, String begin) {
        return metrics.body()
                .lines()
                .filter(line -> line.startsWith(begin))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .filter(one -> one >= 0)
                .sum();
    }

    private long resident() {
        try {
            return Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            return 0; // it has ended, which others notice
        }
    }

    /** Records whose fate is settled: trained, held out, duplicates, dead letters. */
    synchronized long settled() {
        return settled;
    }

    /** Whether that is true of every acknowledged record. */
    boolean isSettled() {
        return unsettled() <= 0;
    }

    long unsettled() {
        return account.records() - settled();
    }

    /** How old the oldest record is whose fate is open, at the last look. */
    synchronized double freshnessSeconds() {
        return freshnessSeconds;
    }

    synchronized double worstFreshnessSeconds() {
        return worstFreshnessSeconds;
    }

    /** Forgets what was largest so far. */
    synchronized void startPeaks() {
        worstFreshnessSeconds = 0;
        heapPeak = 0;
        residentPeak = 0;
        backlogPeak = 0;
        lagPeak = 0;
    }

    /** What was largest since {@link #startPeaks}, as members of a JSON object. */
    synchronized String peaks() {
        return ("\"heapPeakMegabytes\": %.0f, \"heapLimitMegabytes\": %.0f, \"residentPeakMegabytes\": %.0f,"
                        + " \"backlogPeakRecords\": %d, \"lagPeakBatches\": %.0f")
                .formatted(heapPeak / MEGABYTE, heapLimit / MEGABYTE, residentPeak / MEGABYTE, backlogPeak, lagPeak);
    }

    @Override
    public void close() {
        stopped.countDown();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
