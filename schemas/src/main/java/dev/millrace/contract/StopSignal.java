package dev.millrace.contract;

import java.lang.reflect.Proxy;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets a process stop in order when it is asked to: by Ctrl-C, by {@code kill}, by the end of its terminal.
 *
 * <p>A shutdown hook cannot do that. All hooks of a JVM run at the same time, and ONNX Runtime frees its environment in
 * one of its own: an encoder that is still at work then ends the process with a segmentation fault. So the signal is taken
 * before any hook runs. Thread-safe.
 */
public final class StopSignal {
    private static final Logger log = LoggerFactory.getLogger(StopSignal.class);
    private static final String[] SIGNALS = {"INT", "TERM", "HUP"};
    private static final int INTERRUPTED = 130;

    private final Runnable stop;
    private final AtomicBoolean isStopping = new AtomicBoolean();

    private StopSignal(Runnable stop) {
        this.stop = stop;
    }

    /**
     * From now on a signal runs {@code stop} on a thread of its own and then ends the process with exit code 0; a second
     * signal ends it at once. Call it once, in main.
     *
     * @param stop everything that must happen before the process may end; returns when it has
     */
    public static StopSignal install(Runnable stop) {
        StopSignal installed = new StopSignal(stop);
        for (String name : SIGNALS) {
            installed.handle(name);
        }
        return installed;
    }

    /**
     * Returns at once while no signal has come, and never afterwards: the process ends elsewhere, and what fails meanwhile is
     * of no interest. Main calls it before it reports a failure or returns.
     */
    public void awaitEndIfStopping() throws InterruptedException {
        if (isStopping.get()) {
            new CountDownLatch(1).await();
        }
    }

    /**
     * {@code sun.misc.Signal} is in every JDK and the only way to learn of a signal before the hooks do. By reflection, since
     * javac warns of it and cannot be told not to.
     */
    private void handle(String name) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object stopping = Proxy.newProxyInstance(
                    handler.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
                        stopOnce();
                        return null;
                    });
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), stopping);
        } catch (ReflectiveOperationException e) {
            log.warn("Signal {} cannot be taken, it ends the process without an orderly stop", name, e);
        }
    }

    private void stopOnce() {
        if (!isStopping.compareAndSet(false, true)) {
            Runtime.getRuntime().halt(INTERRUPTED);
        }
        new Thread(this::stopAndExit, "millrace-stop").start();
    }

    private void stopAndExit() {
        try {
            stop.run();
        } catch (RuntimeException | Error e) {
            log.error("The stop was not in order", e);
            System.exit(1);
        }
        System.exit(0);
    }
}
