package dev.millrace.verify;

import dev.millrace.scenario.ChildJvm;
import dev.millrace.scenario.Installation;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** Kills the processes of an installation at chosen moments and starts them again. Owned by one thread. */
final class Striker implements AutoCloseable {
    static final String INFERENCE = "inference";
    private static final Duration MOMENT_LIMIT = Duration.ofSeconds(30);
    private static final int LONGEST_LIFE_MILLIS = 6_000;
    /** A write or an upload takes some milliseconds, and so does an announcement. */
    private static final int LONGEST_DELAY_MICROS = 6_000;

    private static final int BLOB_FOLDERS = 256;

    private final Installation site;
    private final String name;
    private final Random random;
    private final FileAppearance checkpoints;
    private final FileAppearance blobs;
    private final Map<String, Integer> tally = new TreeMap<>();
    private ChildJvm platform;
    private ChildJvm trainer;
    private ChildJvm inference;

    private Striker(Installation site, String name, ChildJvm platform, long seed) throws IOException {
        this.site = site;
        this.name = name;
        this.random = new Random(seed);
        this.platform = platform;
        this.checkpoints = FileAppearance.in(List.of(site.checkpoints(name)));
        this.blobs = FileAppearance.in(folders(site.store()));
        this.trainer = site.startTrainer(name);
        this.inference = site.startInference(INFERENCE);
    }

    /** Starts trainer and inference service. */
    static Striker start(Installation site, ChildJvm platform, String trainer, long seed) throws IOException {
        return new Striker(site, trainer, platform, seed);
    }

    /** Every folder that blobs can be in. */
    private static List<Path> folders(Path store) {
        return IntStream.range(0, BLOB_FOLDERS)
                .mapToObj(folder -> store.resolve("blobs").resolve(String.format(Locale.ROOT, "%02x", folder)))
                .toList();
    }

    ChildJvm trainer() {
        return trainer;
    }

    /** How often which moment was met. */
    Map<String, Integer> tally() {
        return tally;
    }

    /** Draws whom to kill and when, does it, and starts the victim again. */
    String strike() throws IOException, InterruptedException {
        Strike strike = Strike.draw(random);
        requireAllAlive();
        String met = switch (strike) {
            case PLATFORM -> {
                TimeUnit.MILLISECONDS.sleep(random.nextInt(LONGEST_LIFE_MILLIS / 2));
                platform.kill();
                platform = site.startPlatform();
                yield "";
            }
            case INFERENCE -> {
                TimeUnit.MILLISECONDS.sleep(random.nextInt(LONGEST_LIFE_MILLIS / 4));
                inference.kill();
                inference = site.startInference(INFERENCE);
                yield "";
            }
            default -> strikeTrainer(strike);
        };
        String told = strike + met;
        tally.merge(told, 1, Integer::sum);
        return told;
    }

    private String strikeTrainer(Strike strike) throws IOException, InterruptedException {
        int said = trainer.linesSaid();
        boolean met = switch (strike) {
            case CHECKPOINT_WRITE -> checkpoints.await(MOMENT_LIMIT);
            case SNAPSHOT_UPLOAD -> blobs.await(MOMENT_LIMIT);
            case AFTER_ANNOUNCEMENT ->
                trainer.awaitLine(said, "Snapshot published", MOMENT_LIMIT).isPresent();
            case AFTER_PROMOTION ->
                trainer.awaitLine(said, "Version promoted", MOMENT_LIMIT).isPresent();
            default -> {
                TimeUnit.MILLISECONDS.sleep(random.nextInt(LONGEST_LIFE_MILLIS));
                yield true;
            }
        };
        TimeUnit.MICROSECONDS.sleep(random.nextInt(LONGEST_DELAY_MICROS));
        trainer.kill();
        boolean isCut = checkpoints.isAnyLeft() || (strike == Strike.SNAPSHOT_UPLOAD && blobs.isAnyLeft());
        trainer = site.startTrainer(name);
        return (met ? "" : " (moment not met)") + (isCut ? " (file cut)" : "");
    }

    /**
     * Nothing may have ended that was not killed.
     *
     * @throws IllegalStateException with the last lines of what has
     */
    void requireAllAlive() {
        for (ChildJvm child : List.of(platform, trainer, inference)) {
            if (!child.isAlive()) {
                throw new IllegalStateException(child.described() + " has ended by itself");
            }
        }
    }

    @Override
    public void close() throws IOException {
        checkpoints.close();
        blobs.close();
    }
}
