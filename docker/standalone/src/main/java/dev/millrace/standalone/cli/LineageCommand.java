package dev.millrace.standalone.cli;

import dev.millrace.contract.StartupException;
import dev.millrace.schemas.EvaluationReport;
import dev.millrace.schemas.RuleResult;
import dev.millrace.schemas.SnapshotManifest;
import dev.millrace.standalone.promote.ModelVersions;
import dev.millrace.standalone.promote.PromotionDesk;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace lineage}: how a version came to be. */
@Command(
        name = "lineage",
        description = {
            "Tells how a version came to be: parents, offset ranges, settings, figures and verdict.",
            "'millrace replay --version VERSION' proves it."
        })
final class LineageCommand implements Callable<Integer> {
    @Mixin
    private final Console console = new Console();

    @Mixin
    private final ConnectionOptions connection = new ConnectionOptions();

    @Option(names = "--model", paramLabel = "NAME", description = "The model (default: the only one there is).")
    private @Nullable String model;

    @Option(names = "--json", description = "One JSON object.")
    private boolean json;

    @Parameters(paramLabel = "VERSION", description = "A version that 'millrace versions' lists.")
    private long version;

    @Override
    public Integer call() throws InterruptedException {
        var desk = new PromotionDesk(connection.kafka(), connection.timeout());
        ModelVersions versions =
                connection.platform(console.liveLine()).ask(() -> desk.versions(Optional.ofNullable(model)));
        Map<String, Object> lineage = lineage(
                versions,
                versions.manifest(version)
                        .orElseThrow(() -> new StartupException(
                                version == ModelVersions.BASE
                                        ? "version 0 is the base model as it came; it has no lineage"
                                        : versions.noSuchVersion(version))));
        if (json) {
            console.out().println(LetterFields.json(lineage));
        } else {
            lineage.forEach((name, value) -> console.out().printf("%-18s  %s%n", name, text(value)));
        }
        return 0;
    }

    private static Map<String, Object> lineage(ModelVersions versions, SnapshotManifest manifest) {
        Map<String, Object> lineage = new LinkedHashMap<>();
        lineage.put("model", manifest.getModel());
        lineage.put("version", manifest.getVersion());
        lineage.put("served", versions.served() == manifest.getVersion());
        lineage.put("parents", versions.parents(manifest));
        lineage.put("createdAt", manifest.getCreatedAt().toString());
        lineage.put("trainingLog", "0-" + (manifest.getVersion() - 1));
        lineage.put(
                "sourceRanges",
                manifest.getSourceRanges().stream()
                        .map(range -> range.getTopic() + "-" + range.getPartition() + "@" + range.getFirst() + "-"
                                + range.getLast())
                        .toList());
        lineage.put("samples", manifest.getSamples());
        lineage.put("steps", manifest.getSteps());
        lineage.put("newestReceivedAt", manifest.getNewestReceivedAt().toString());
        lineage.put("classes", manifest.getOutputSet().size());
        lineage.put("preset", manifest.getPreset());
        lineage.put("configSha256", manifest.getConfigSha256());
        lineage.put("settings", manifest.getSettings().lines().toList());
        lineage.put("baseSha256", manifest.getBaseSha256());
        lineage.put("threads", manifest.getThreads());
        lineage.put("cpu", manifest.getCpu());
        lineage.put("tensors", manifest.getTensors().size());
        lineage.put("metrics", new TreeMap<>(manifest.getMetrics()));
        lineage.put(
                "verdict",
                versions.verdict(manifest.getVersion())
                        .map(LineageCommand::verdict)
                        .orElseGet(() -> versions.whyNoVerdict(manifest)));
        return lineage;
    }

    private static String verdict(EvaluationReport report) {
        String failed = report.getRules().stream()
                .filter(rule -> !rule.getPassed())
                .map(LineageCommand::rule)
                .collect(Collectors.joining(", "));
        return report.getVerdict() + " at " + report.getAt() + " against version " + report.getChampion()
                + (failed.isEmpty() ? "" : ": " + failed);
    }

    private static String rule(RuleResult rule) {
        return rule.getRule() + " " + rule.getValue() + " limit " + rule.getLimit();
    }

    private static String text(Object value) {
        if (value instanceof List<?> list) {
            return list.stream().map(String::valueOf).collect(Collectors.joining(", "));
        }
        if (value instanceof Map<?, ?> map) {
            return map.entrySet().stream()
                    .map(entry -> entry.getKey() + "=" + entry.getValue())
                    .collect(Collectors.joining(" "));
        }
        return value.toString();
    }
}
