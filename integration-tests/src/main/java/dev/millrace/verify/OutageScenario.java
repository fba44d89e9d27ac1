package dev.millrace.verify;

import dev.millrace.scenario.ChildJvm;
import dev.millrace.scenario.Installation;
import dev.millrace.scenario.ModelFiles;
import dev.millrace.scenario.SampleFeed;
import dev.millrace.scenario.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One trainer on one broker, from which one thing after the other is taken away. Owned by one thread.
 *
 * <p>What needs rights or tools that are not there is left out, in words: full disks need the right to mount, a clock that
 * jumps needs Debian's {@code libfaketime}, a slow disk needs {@code strace}.
 */
public final class OutageScenario implements AutoCloseable {
    private static final String TRAINER = "trainer";
    private static final Duration START_LIMIT = Duration.ofSeconds(90);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(60);
    private static final int CHECKPOINT_DISK_MEGABYTES = 64;
    private static final int STORE_DISK_MEGABYTES = 400;
    private static final Path FAKE_CLOCK = Path.of("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1");
    private static final Path STRACE = Path.of("/usr/bin/strace");
    private static final String FSYNC_DELAY_MICROS = "200000";

    private final Installation site;
    private final Path clock;
    private final List<SmallDisk> disks = new ArrayList<>();
    private final SampleFeed feed;
    private final OutageWatch watch;
    private ChildJvm broker;
    private ChildJvm registry;
    private ChildJvm trainer;
    private @Nullable Process strace;

    private OutageScenario(Path directory, ModelFiles model, Duration away, long seed) throws InterruptedException {
        this.site = new Installation(directory, model, Settings.RESTLESS);
        this.clock = directory.resolve("clock");
        mountDisks();
        this.broker = site.startBroker();
        this.registry = site.startRegistry();
        this.trainer = site.startTrainer(TRAINER);
        awaitReady();
        this.feed = new SampleFeed(site.kafka(), seed);
        feed.send(1); // registers the schema, which the registry must know before it goes away
        feed.flush();
        this.watch = new OutageWatch(site, feed, TRAINER, away);
    }

    /**
     * Runs the outages whose names are wanted; leaves no process behind.
     *
     * @param directory empty or missing
     * @param away how long each outage lasts after it was noticed
     */
    public static List<OutageReport> run(Path directory, Duration away, long seed, Predicate<String> wanted)
            throws Exception {
        ModelFiles model = ModelFiles.small(directory);
        try (OutageScenario scenario = new OutageScenario(directory.resolve("site"), model, away, seed)) {
            for (Outage outage : scenario.outages()) {
                if (wanted.test(outage.name())) {
                    scenario.watch.observe(outage);
                }
            }
            return scenario.watch.reports();
        }
    }

    private List<Outage> outages() {
        List<Outage> outages = new ArrayList<>();
        outages.add(Outage.of(
                "registryAtStart", "schema registry cannot", this::startWithoutRegistry, this::bringRegistry));
        outages.add(Outage.of("registryInFlight", "schema registry cannot", this::takeRegistry, this::bringRegistry));
        outages.add(Outage.of("broker", "WAITING_FOR_BROKER", () -> broker.kill(), () -> broker = site.startBroker()));
        if (disks.size() == 2) {
            outages.add(diskFull("checkpointDiskFull", "cannot be written", disks.get(0)));
            outages.add(diskFull("storeDiskFull", "waits to be published", disks.get(1)));
        }
        if (Files.exists(STRACE)) {
            outages.add(Outage.of("slowDisk", "", this::slowDown, this::speedUp));
        } else {
            CrashScenario.say("slowDisk is left out: no %s", STRACE);
        }
        if (Files.exists(FAKE_CLOCK)) {
            outages.add(Outage.of(
                    "clockForward",
                    "",
                    () -> {
                        startWithFakeClock();
                        setClock("+2h");
                    },
                    () -> {}));
            outages.add(Outage.of("clockBack", "", () -> setClock("+0"), () -> {}));
        } else {
            CrashScenario.say("a jumping clock is left out: no %s", FAKE_CLOCK);
        }
        return outages;
    }

    private static Outage diskFull(String name, String cause, SmallDisk disk) {
        return Outage.of(name, cause, disk::fill, disk::free);
    }

    private void mountDisks() throws InterruptedException {
        try {
            disks.add(SmallDisk.mount(site.checkpoints(TRAINER), CHECKPOINT_DISK_MEGABYTES));
            disks.add(SmallDisk.mount(site.store(), STORE_DISK_MEGABYTES));
        } catch (IOException e) {
            CrashScenario.say("full disks are left out: this process may not mount (%s)", e);
        }
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
    private void slowDown() throws IOException {
        strace = new ProcessBuilder(
                        STRACE.toString(),
                        "-f",
                        "-e",
                        "trace=fsync,fdatasync",
                        "-e",
                        "inject=fsync,fdatasync:delay_enter=" + FSYNC_DELAY_MICROS,
                        "-o",
                        "/dev/null",
                        "-p",
                        Long.toString(trainer.pid()))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private void speedUp() {
        if (strace != null) {
            strace.destroy(); // lets go of the trainer
        }
    }

    private void startWithFakeClock() throws IOException, InterruptedException {
        trainer.stop(STOP_LIMIT);
        setClock("+0");
        trainer = site.startTrainer(
                TRAINER,
                Map.of(
                        "LD_PRELOAD", FAKE_CLOCK.toString(),
                        "FAKETIME_TIMESTAMP_FILE", clock.toString(),
                        "FAKETIME_CACHE_DURATION", "1",
                        "FAKETIME_DONT_FAKE_MONOTONIC", "1",
                        "DONT_FAKE_MONOTONIC", "1"));
        awaitReady();
    }

    private void setClock(String offset) throws IOException {
        Files.writeString(clock, offset + "\n");
    }

    @Override
    public void close() throws IOException {
        feed.close();
        site.close();
        speedUp();
        for (SmallDisk disk : disks) {
            disk.close();
        }
    }
}
