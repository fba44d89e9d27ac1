package dev.millrace.bench;

import dev.millrace.contract.StopSignal;
import java.util.concurrent.Semaphore;

/**
 * Lets a benchmark that trains be stopped by a signal between two steps: the end of the process takes the native libraries
 * apart, and a thread that computes in them meanwhile crashes. Used by the thread that trains.
 */
final class StopBetweenSteps {
    /** Held by the thread that trains, but for the moment between two steps; a signal does not give it back. */
    private final Semaphore computing = new Semaphore(1, true);

    private StopBetweenSteps() {}

    /** From now on a signal ends the process with exit code 1 when the training thread passes; a second one at once. */
    static StopBetweenSteps install() {
        StopBetweenSteps stop = new StopBetweenSteps();
        stop.computing.acquireUninterruptibly();
        StopSignal.install(() -> {
            stop.computing.acquireUninterruptibly();
            System.err.println("stopped, no figures");
            System.exit(1);
        });
        return stop;
    }

    /** Between two steps; does not return once a signal has come. */
    void pass() {
        computing.release();
        computing.acquireUninterruptibly();
    }
}
