package dev.millrace.verify;

import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.TopicProvisioner;
import dev.millrace.scenario.ChildJvm;
import dev.millrace.scenario.FormerMain;
import dev.millrace.scenario.Installation;
import dev.millrace.scenario.ModelFiles;
import dev.millrace.scenario.SampleFeed;
import dev.millrace.scenario.SteadyFeed;
import dev.millrace.scenario.TopicAudit;
import dev.millrace.scenario.Waiting;
import dev.millrace.schemas.AcceptedSample;
import dev.millrace.schemas.TrainingBatch;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Batch formers as children, one of which is killed. Owned by one thread; used once. */
public final class ScaleOutScenario {
    private static final int PARTITIONS = 6;
    private static final String MODEL = "scale-out";
    private static final Duration START = Duration.ofSeconds(60);
    private static final Duration LIMIT = Duration.ofSeconds(90);
    /** Before the kill, and after the partitions of the killed one have been taken over. */
    private static final Duration CALM = Duration.ofSeconds(4);

    private static final List<String> JVM = List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");
    private static final Pattern COUNTS = Pattern.compile("records=(\\d+) duplicates=(\\d+)");

    private final Path directory;
    private final int instances;
    private final long seed;
    private final List<ChildJvm> formers = new ArrayList<>();

    public ScaleOutScenario(Path directory, int instances, long seed) {
        if (instances < 2 || instances > PARTITIONS) {
            throw new IllegalArgumentException("instances must be 2 to " + PARTITIONS + ", was " + instances);
        }
        this.directory = directory;
        this.instances = instances;
        this.seed = seed;
    }

    /** What came out; the names are those of the JSON object. */
    public record Outcome(
            int instances, long produced, long lost, long doubled, long longestGapMillis, long takeOverMillis) {
        /** Nothing lost or doubled, and the others went on while the killed one's partitions stood still. */
        public boolean holds() {
            return produced > 0 && lost == 0 && doubled == 0 && longestGapMillis < takeOverMillis;
        }

        String json() {
            return ("{\"instances\": %d, \"produced\": %d, \"lost\": %d, \"doubled\": %d, \"longestGapMillis\": %d,"
                            + " \"takeOverMillis\": %d}")
                    .formatted(instances, produced, lost, doubled, longestGapMillis, takeOverMillis);
        }
    }

    /** Runs it all; {@code perSecond} samples a second are sent meanwhile. */
    public Outcome run(int perSecond) throws InterruptedException {
        try (Installation installation = new Installation(directory, ModelFiles.miniLm(), Map.of())) {
            installation.startPlatform();
            KafkaConfig kafka = installation.kafka();
            new TopicProvisioner(kafka).provisionTraining(PARTITIONS, 1);
            for (int i = 0; i < instances; i++) {
                formers.add(installation.start(spec(kafka, "former-" + i)));
            }
            for (ChildJvm former : formers) {
                former.requireLine(FormerMain.RUNNING, START);
            }
            try (SampleFeed feed = new SampleFeed(kafka, seed)) {
                try (SteadyFeed steady = SteadyFeed.start(feed, perSecond)) {
                    Waiting.require(
                            "every former has records",
                            LIMIT,
                            () -> formers.stream().allMatch(former -> counts(former)[0] > 0));
                    TimeUnit.MILLISECONDS.sleep(CALM.toMillis());
                    System.err.println("killing " + formers.get(0).pid());
                    formers.remove(0).kill();
                    Instant killed = Instant.now();
                    Waiting.require("the others take over", LIMIT, () -> samplesOfAllPartitionsSince(kafka, killed));
                    TimeUnit.MILLISECONDS.sleep(CALM.toMillis());
                    steady.stop();
                }
                long records = TopicAudit.samples(kafka);
                Waiting.require("every record is counted", LIMIT, () -> sum(0) == records);
                return outcome(kafka, TopicAudit.settled(kafka, feed.account(), () -> sum(1), LIMIT));
            }
        }
    }

    private ChildJvm.Spec spec(KafkaConfig kafka, String name) {
        List<String> arguments = List.of(
                kafka.bootstrapServers(),
                kafka.registryUrl(),
                kafka.topicPrefix(),
                MODEL,
                directory.resolve(name).toString());
        return new ChildJvm.Spec(name, FormerMain.class, JVM, arguments, Map.of());
    }

    /** Records and duplicates, as last said. */
    private static long[] counts(ChildJvm former) {
        long[] last = new long[2];
        for (String line : former.lines(0)) {
            Matcher counts = COUNTS.matcher(line);
            if (counts.find()) {
                last[0] = Long.parseLong(counts.group(1));
                last[1] = Long.parseLong(counts.group(2));
            }
        }
        return last;
    }

    /** Over the survivors, which hold every partition between them. */
    private long sum(int which) {
        return formers.stream().mapToLong(former -> counts(former)[which]).sum();
    }

    /** Whether batches formed since then have samples of every partition that arrived since then. */
    private static boolean samplesOfAllPartitionsSince(KafkaConfig kafka, Instant then) {
        return TopicAudit.read(kafka, kafka.topics().batches(), TrainingBatch.class).stream()
                        .filter(batch -> batch.getFormedAt().isAfter(then))
                        .flatMap(batch -> batch.getSamples().stream())
                        .filter(sample -> sample.getReceivedAt().isAfter(then))
                        .map(AcceptedSample::getSourcePartition)
                        .distinct()
                        .count()
                == PARTITIONS;
    }

    private Outcome outcome(KafkaConfig kafka, TopicAudit audit) {
        audit.findings().forEach(System.err::println);
        List<TrainingBatch> batches =
                new ArrayList<>(TopicAudit.read(kafka, kafka.topics().batches(), TrainingBatch.class));
        batches.sort(Comparator.comparing(TrainingBatch::getFormedAt));
        Map<Integer, Instant> last = new HashMap<>();
        Duration gap = Duration.ZERO;
        Duration takeOver = Duration.ZERO;
        Instant before = batches.get(0).getFormedAt();
        for (TrainingBatch batch : batches) {
            Instant formed = batch.getFormedAt();
            gap = longer(gap, Duration.between(before, formed));
            before = formed;
            for (AcceptedSample sample : batch.getSamples()) {
                Instant earlier = last.put(sample.getSourcePartition(), formed);
                takeOver = longer(takeOver, earlier == null ? Duration.ZERO : Duration.between(earlier, formed));
            }
        }
        return new Outcome(
                instances, audit.records(), audit.lost(), audit.doubled(), gap.toMillis(), takeOver.toMillis());
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) >= 0 ? one : other;
    }
}
