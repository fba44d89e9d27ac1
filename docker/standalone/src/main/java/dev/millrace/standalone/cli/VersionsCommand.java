package dev.millrace.standalone.cli;

import dev.millrace.schemas.SnapshotManifest;
import dev.millrace.standalone.promote.ModelVersions;
import dev.millrace.standalone.promote.PromotionDesk;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace versions}: every published version of a model, and which is served. */
@Command(name = "versions", description = "Lists the published versions of a model; * marks the one to be served.")
final class VersionsCommand implements Callable<Integer> {
    @Mixin
    private final Console console = new Console();

    @Mixin
    private final ConnectionOptions connection = new ConnectionOptions();

    @Option(names = "--model", paramLabel = "NAME", description = "The model (default: the only one there is).")
    private @Nullable String model;

    @Override
    public Integer call() throws InterruptedException {
        var desk = new PromotionDesk(connection.kafka(), connection.timeout());
        connection
                .platform(console.liveLine())
                .ask(() -> desk.versionsIfAny(Optional.ofNullable(model)))
                .ifPresentOrElse(
                        this::print,
                        () -> console.out()
                                .println(
                                        "no version yet in "
                                                + connection.kafka().topics().snapshots()
                                                + "; the first comes when snapshot.everySteps or snapshot.every of the trainer is reached; is --topic-prefix another?"));
        return 0;
    }

    private void print(ModelVersions versions) {
        console.out().println("model " + versions.model() + (versions.isPinned() ? ", pinned by an operator" : ""));
        console.out().printf("  %10s  %-20s  %8s  %8s  %s%n", "version", "created", "samples", "steps", "metrics");
        console.out().printf("%s %10d  base model%n", mark(versions, ModelVersions.BASE), ModelVersions.BASE);
        versions.manifests().stream()
                .sorted(Comparator.comparingLong(SnapshotManifest::getVersion))
                .forEach(manifest -> console.out()
                        .printf(
                                Locale.ROOT,
                                "%s %10d  %-20s  %8d  %8d  %s%n",
                                mark(versions, manifest.getVersion()),
                                manifest.getVersion(),
                                seconds(manifest.getCreatedAt()),
                                manifest.getSamples(),
                                manifest.getSteps(),
                                metrics(manifest.getMetrics())));
    }

    private static String mark(ModelVersions versions, long version) {
        return versions.served() == version ? "*" : " ";
    }

    private static String seconds(Instant at) {
        return at.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    private static String metrics(Map<String, Double> metrics) {
        return new TreeMap<>(metrics)
                .entrySet().stream()
                        .map(metric -> String.format(Locale.ROOT, "%s=%.3f", metric.getKey(), metric.getValue()))
                        .collect(Collectors.joining(" "));
    }
}
