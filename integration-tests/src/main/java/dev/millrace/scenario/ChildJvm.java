package dev.millrace.scenario;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;

/**
 * A Java program in a process of its own, which can be killed, paused and listened to. Its output goes to a log file, a
 * restart under the same name appends. Thread-safe. Dies with this process, unless that is killed itself.
 */
public final class ChildJvm implements AutoCloseable {
    private static final int DESCRIBED_LINES = 30;

    private final Spec spec;
    private final Process process;
    private final Thread reader;
    private final Thread lastWill;
    private final List<String> lines = new ArrayList<>();

    /**
     * What to start.
     *
     * @param name of its log file and in messages
     * @param main class with a main method
     * @param jvmOptions for example {@code -Xmx512m}
     * @param arguments of the main method
     * @param environment added to that of this process
     */
    public record Spec(
            String name,
            Class<?> main,
            List<String> jvmOptions,
            List<String> arguments,
            Map<String, String> environment) {
        public Spec {
            jvmOptions = List.copyOf(jvmOptions);
            arguments = List.copyOf(arguments);
            environment = Map.copyOf(environment);
        }
    }

    private ChildJvm(Spec spec, Process process, Path log) {
        this.spec = spec;
        this.process = process;
        this.reader = new Thread(() -> read(log), "output-of-" + spec.name());
        reader.setDaemon(true);
        reader.start();
        this.lastWill = new Thread(process::destroyForcibly);
        Runtime.getRuntime().addShutdownHook(lastWill);
    }

    /**
     * Starts the program and returns at once.
     *
     * @param logs directory of the log files
     */
    public static ChildJvm start(Spec spec, Path logs) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(spec.jvmOptions());
        command.add(spec.main().getName());
        command.addAll(spec.arguments());
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(spec.environment());
        // Not as an argument: it may be longer than the system allows.
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        try {
            Files.createDirectories(logs);
            return new ChildJvm(spec, builder.start(), logs.resolve(spec.name() + ".log"));
        } catch (IOException e) {
            throw new UncheckedIOException(spec.name() + " cannot be started", e);
        }
    }

    private void read(Path log) {
        try (BufferedReader output =
                        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
                PrintWriter copy = new PrintWriter(
                        Files.newBufferedWriter(log, StandardOpenOption.CREATE, StandardOpenOption.APPEND))) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                synchronized (lines) {
                    lines.add(line);
                    lines.notifyAll();
                }
                copy.println(line);
                copy.flush();
            }
        } catch (IOException e) {
            // The pipe of a killed child ends like this at times.
        } finally {
            synchronized (lines) {
                lines.notifyAll();
            }
        }
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Lines said so far; a place to listen from. */
    public int linesSaid() {
        synchronized (lines) {
            return lines.size();
        }
    }

    /** Writes a line to the program's input. */
    public void say(String line) {
        try {
            process.getOutputStream().write((line + System.lineSeparator()).getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException("nothing can be said to " + described(), e);
        }
    }

    /**
     * Waits for a line, looking at those from a place on.
     *
     * @param from as {@link #linesSaid} gave it; 0 for all
     * @return the first line that contains the fragment; empty when none came within the limit or before the end
     */
    public Optional<String> awaitLine(int from, String fragment, Duration limit) throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        int next = from;
        synchronized (lines) {
            while (true) {
                for (; next < lines.size(); next++) {
                    if (lines.get(next).contains(fragment)) {
                        return Optional.of(lines.get(next));
                    }
                }
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (left <= 0 || !reader.isAlive()) {
                    return Optional.empty();
                }
                lines.wait(Math.min(left, 100));
            }
        }
    }

    /**
     * As {@link #awaitLine}, for a line that must come.
     *
     * @throws IllegalStateException when it does not, with the last lines said
     */
    public String requireLine(String fragment, Duration limit) throws InterruptedException {
        return awaitLine(0, fragment, limit)
                .orElseThrow(() -> new IllegalStateException(
                        "\"" + fragment + "\" was not said within " + limit.toSeconds() + " s by " + described()));
    }

    /** Name, state and last lines, for messages. */
    public String described() {
        String state = isAlive() ? "running" : "ended with exit code " + process.exitValue();
        return spec.name() + " (" + state + ", said last:\n" + lastLines(DESCRIBED_LINES) + "\n)";
    }

    /** Everything said from a place on. */
    public List<String> lines(int from) {
        synchronized (lines) {
            return List.copyOf(lines.subList(from, lines.size()));
        }
    }

    /** The newest lines, for messages. */
    private String lastLines(int count) {
        synchronized (lines) {
            return String.join("\n", lines.subList(Math.max(0, lines.size() - count), lines.size()));
        }
    }

    /** SIGKILL; returns when the process is gone. */
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
        close();
    }

    /** SIGTERM. */
    public void askToStop() {
        process.destroy();
    }

    /** Exit code, as soon as the process has ended by itself or since it was asked to; empty after the limit. */
    public OptionalInt awaitExit(Duration limit) throws InterruptedException {
        return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)
                ? OptionalInt.of(process.exitValue())
                : OptionalInt.empty();
    }

    /**
     * SIGTERM; returns when the process has ended.
     *
     * @return exit code
     * @throws IllegalStateException when it does not end in time
     */
    public int stop(Duration limit) throws InterruptedException {
        askToStop();
        return awaitExit(limit)
                .orElseThrow(() -> new IllegalStateException(spec.name() + " did not stop within " + limit.toSeconds()
                        + " s; it said last:\n" + lastLines(20)));
    }

    /** SIGSTOP: the process stands still until {@link #resume}. */
    public void pause() throws InterruptedException {
        signal("STOP");
    }

    /** SIGCONT. */
    public void resume() throws InterruptedException {
        signal("CONT");
    }

    private void signal(String name) throws InterruptedException {
        try {
            int exit = new ProcessBuilder("kill", "-" + name, Long.toString(pid()))
                    .inheritIO()
                    .start()
                    .waitFor();
            if (exit != 0) {
                throw new IllegalStateException("kill -" + name + " of " + spec.name() + " ended with " + exit);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("kill cannot be run", e);
        }
    }

    /** Kills the process if it still runs. */
    @Override
    public void close() {
        process.destroyForcibly();
        try {
            Runtime.getRuntime().removeShutdownHook(lastWill);
        } catch (IllegalStateException e) {
            // This process is ending already, and its hooks do the same.
        }
    }
}
