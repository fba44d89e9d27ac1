package dev.millrace.verify;

import dev.millrace.scenario.ChildJvm;
import dev.millrace.scenario.Installation;
import dev.millrace.scenario.ModelFiles;
import dev.millrace.scenario.SampleFeed;
import dev.millrace.scenario.Waiting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One trainer on one broker, from which one thing after the other is taken away; what that needs of the machine tells
 * {@link OutageTools}. Owned by one thread.
 */
public final class OutageScenario implements AutoCloseable {
    /** In the order in which they come. */
    static final List<String> NAMES = List.of(
            "registryAtStart",
            "registryInFlight",
            "broker",
            OutageTools.CHECKPOINT_DISK_FULL,
            OutageTools.STORE_DISK_FULL,
            OutageTools.SLOW_DISK,
            OutageTools.CLOCK_FORWARD,
            OutageTools.CLOCK_BACK);

    private static final String TRAINER = "trainer";
    private static final Duration START_LIMIT = Duration.ofSeconds(90);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(60);
    private static final int CHECKPOINT_DISK_MEGABYTES = 64;
    private static final int STORE_DISK_MEGABYTES = 400;
    private static final String FSYNC_DELAY_MICROS = "200000";

    private final Installation site;
    private final Path clock;
    private final Path straceSays;
    private final Map<String, SmallDisk> disks = new HashMap<>();
    private final SampleFeed feed;
    private final OutageWatch watch;
    private ChildJvm broker;
    private ChildJvm registry;
    private ChildJvm trainer;
    private @Nullable Process strace;
    private boolean canJump;

    private OutageScenario(Path directory, Duration away, long seed, Predicate<String> wanted)
            throws IOException, InterruptedException {
        this.site = new Installation(directory.resolve("site"), ModelFiles.small(directory), Settings.RESTLESS);
        this.clock = directory.resolve("clock");
        this.straceSays = directory.resolve("strace.log");
        if (wanted.test(OutageTools.CHECKPOINT_DISK_FULL)) {
            Path checkpoints = site.checkpoints(TRAINER);
            disks.put(OutageTools.CHECKPOINT_DISK_FULL, SmallDisk.mount(checkpoints, CHECKPOINT_DISK_MEGABYTES));
        }
        if (wanted.test(OutageTools.STORE_DISK_FULL)) {
            disks.put(OutageTools.STORE_DISK_FULL, SmallDisk.mount(site.store(), STORE_DISK_MEGABYTES));
        }
        this.broker = site.startBroker();
        this.registry = site.startRegistry();
        this.trainer = site.startTrainer(TRAINER);
        awaitReady();
        this.feed = new SampleFeed(site.kafka(), seed);
        feed.send(1); // registers the schema, which the registry must know before it goes away
        feed.flush();
        this.watch = new OutageWatch(site, feed, TRAINER, away);
    }

    /** What must be there for the outages that are wanted and is not, in words; empty when they can be had. */
    public static List<String> missing(Predicate<String> wanted) throws InterruptedException {
        return OutageTools.missing(wanted);
    }

    /**
     * Runs the outages whose names are wanted, for which nothing may be missing; leaves no process behind.
     *
     * @param directory empty or missing
     * @param away how long each outage lasts after it was noticed
     */
    public static List<OutageReport> run(Path directory, Duration away, long seed, Predicate<String> wanted)
            throws Exception {
        try (OutageScenario scenario = new OutageScenario(directory, away, seed, wanted)) {
            for (Outage outage : scenario.outages()) {
                if (wanted.test(outage.name())) {
                    scenario.watch.observe(outage);
                }
            }
            return scenario.watch.reports();
        }
    }

    private List<Outage> outages() {
        return List.of(
                Outage.of("registryAtStart", "schema registry cannot", this::startWithoutRegistry, this::bringRegistry),
                Outage.of("registryInFlight", "schema registry cannot", this::takeRegistry, this::bringRegistry),
                Outage.of("broker", "WAITING_FOR_BROKER", () -> broker.kill(), () -> broker = site.startBroker()),
                diskFull(OutageTools.CHECKPOINT_DISK_FULL, "cannot be written"),
                diskFull(OutageTools.STORE_DISK_FULL, "waits to be published"),
                Outage.of(OutageTools.SLOW_DISK, "", this::slowDown, this::speedUp),
                Outage.of(OutageTools.CLOCK_FORWARD, "", () -> jump("+0", "+2h"), () -> {}),
                Outage.of(OutageTools.CLOCK_BACK, "", () -> jump("+2h", "+0"), () -> {}));
    }

    private Outage diskFull(String name, String cause) {
        return Outage.of(name, cause, () -> disk(name).fill(), () -> disk(name).free());
    }

    private SmallDisk disk(String outage) {
        return Objects.requireNonNull(disks.get(outage), outage);
    }

    private void awaitReady() throws InterruptedException {
        Waiting.require(
                "the trainer's readiness",
                START_LIMIT,
                () -> site.trainer(TRAINER).isReady());
    }

    private void startWithoutRegistry() throws InterruptedException {
        trainer.stop(STOP_LIMIT);
        registry.kill();
        trainer = site.startTrainer(TRAINER);
    }

    /** A schema that the trainer knows needs no registry, so one comes that it does not know. */
    private void takeRegistry() throws InterruptedException {
        Runnable sending = feed.laterSchema(site.kafka());
        registry.kill();
        sending.run();
    }

    private void bringRegistry() throws InterruptedException {
        registry = site.startRegistry();
    }

    /** Each write that must reach the disk takes a fifth of a second longer. */
    private void slowDown() throws IOException, InterruptedException {
        List<String> command = List.of(
                OutageTools.STRACE.toString(),
                "-f",
                "-e",
                "trace=fsync,fdatasync",
                "-e",
                "inject=fsync,fdatasync:delay_enter=" + FSYNC_DELAY_MICROS,
                "-o",
                "/dev/null",
                "-p",
                Long.toString(trainer.pid()));
        Process started = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(straceSays.toFile())
                .start();
        strace = started;
        boolean isAttached = Waiting.until(
                STOP_LIMIT, () -> !started.isAlive() || said(straceSays).contains("attached"));
        if (!isAttached || !started.isAlive()) {
            throw new IllegalStateException("strace cannot slow the trainer down: " + said(straceSays));
        }
    }

    private static String said(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void speedUp() {
        if (strace != null) {
            strace.destroy(); // lets go of the trainer
        }
    }

    /** Its clock jumps; when it has the right one still, the trainer is started anew with one that can. */
    private void jump(String from, String to) throws IOException, InterruptedException {
        if (!canJump) {
            trainer.stop(STOP_LIMIT);
            setClock(from);
            trainer = site.startTrainer(TRAINER, fakeClock());
            canJump = true;
            awaitReady();
        }
        setClock(to);
    }

    /** Without what libfaketime does by itself on glibc: that ends each timed wait at once, and a JVM spins. */
    private Map<String, String> fakeClock() {
        return Map.of(
                "LD_PRELOAD", OutageTools.FAKE_CLOCK.toString(),
                "FAKETIME_TIMESTAMP_FILE", clock.toString(),
                "FAKETIME_CACHE_DURATION", "1",
                "FAKETIME_DONT_FAKE_MONOTONIC", "1",
                "FAKETIME_FORCE_MONOTONIC_FIX", "0");
    }

    private void setClock(String offset) throws IOException {
        Files.writeString(clock, offset + "\n");
    }

    @Override
    public void close() throws IOException {
        feed.close();
        site.close();
        speedUp();
        for (SmallDisk disk : disks.values()) {
            disk.close();
        }
    }
}
