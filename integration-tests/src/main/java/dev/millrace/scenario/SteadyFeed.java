package dev.millrace.scenario;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Lets a {@link SampleFeed} send at a steady rate on a thread of its own, until it is stopped. */
public final class SteadyFeed implements AutoCloseable {
    private static final long TURN_MILLIS = 100;
    private static final long TURNS_PER_SECOND = 1000 / TURN_MILLIS;

    private final SampleFeed feed;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Thread thread;

    private SteadyFeed(SampleFeed feed, int perSecond) {
        this.feed = feed;
        this.thread = new Thread(() -> run(perSecond), "steady-feed");
        thread.setDaemon(true);
    }

    /** Starts; the feed belongs to the new thread until {@link #stop} returns. */
    public static SteadyFeed start(SampleFeed feed, int perSecond) {
        SteadyFeed steady = new SteadyFeed(feed, perSecond);
        steady.thread.start();
        return steady;
    }

    private void run(int perSecond) {
        try {
            for (long turn = 1; !stopped.await(TURN_MILLIS, TimeUnit.MILLISECONDS); turn++) {
                long due = turn * perSecond / TURNS_PER_SECOND;
                feed.send((int) (due - (turn - 1) * perSecond / TURNS_PER_SECOND));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Stops sending and returns when everything sent is acknowledged or given up. */
    public void stop() throws InterruptedException {
        stopped.countDown();
        thread.join();
        feed.flush();
    }

    @Override
    public void close() {
        stopped.countDown();
    }
}
