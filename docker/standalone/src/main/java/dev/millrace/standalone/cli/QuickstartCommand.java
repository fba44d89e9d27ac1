package dev.millrace.standalone.cli;

import dev.millrace.contract.StartupException;
import dev.millrace.contract.StopSignal;
import dev.millrace.inference.encoder.RefusedModelException;
import dev.millrace.standalone.Standalone;
import dev.millrace.standalone.StandaloneConfig;
import dev.millrace.standalone.quickstart.Quickstart;
import dev.millrace.standalone.quickstart.QuickstartReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace quickstart}: the whole loop on real text, with its figures. */
@Command(
        name = "quickstart",
        description = {
            "Streams WordNet glosses into all-MiniLM-L6-v2 while a client asks for embeddings all the time, and shows what "
                    + "training gains; then goes on serving.",
            "The last line of the output is JSON: samples, samplesPerSecond (trained), knnFrozen, knnServed, "
                    + "versionsServed, requests, failedRequests, freshnessP50Ms, freshnessP99Ms, seconds."
        })
final class QuickstartCommand implements Callable<Integer>, Service {
    @Mixin
    private final Console console = new Console();

    @Option(
            names = "--samples",
            defaultValue = "2000",
            paramLabel = "N",
            description = "Glosses to stream, those of earlier runs on the same directory counted (default: 2000).")
    private int samples;

    @Option(names = "--exit", description = "End after the report instead of serving on.")
    private boolean exit;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = {
                "Everything is kept here, and a second start goes on where the first one was",
                "(default: a temporary directory, deleted at the end)."
            })
    private @Nullable Path dataDirectory;

    @Option(
            names = "--profile",
            defaultValue = "FAST",
            paramLabel = "NAME",
            description = "fast: upper four layers, no replay (default). full: every layer, with replay.")
    private Profile profile = Profile.FAST;

    @Override
    public Integer call() throws IOException, InterruptedException, RefusedModelException {
        if (samples < 1) {
            throw new StartupException("--samples must be at least 1, was " + samples);
        }
        Instant started = Instant.now();
        try (var directory = QuickstartDirectory.open(Optional.ofNullable(dataDirectory))) {
            Logging.toFile(directory.log());
            Logging.ofPlatform();
            console.err()
                    .println("starting, profile " + profile.name().toLowerCase(java.util.Locale.ROOT) + " ("
                            + profile.meaning() + "), log in " + directory.log());
            run(directory, started);
            directory.done();
        }
        return 0;
    }

    private void run(QuickstartDirectory directory, Instant started)
            throws IOException, InterruptedException, RefusedModelException {
        Map<String, String> environment = environment();
        Standalone platform =
                Standalone.start(StandaloneConfig.load(Optional.empty(), environment), directory.path(), environment);
        LiveLine live = console.liveLine();
        var quickstart = new Quickstart(platform, InstantSource.system(), started, live::show);
        StopSignal signal = StopSignal.install(() -> {
            quickstart.stop(); // First: requests to a platform that closes would fail.
            live.say("stopping");
            platform.close();
            directory.done();
            directory.close();
        });
        try {
            QuickstartReport report = quickstart.run(samples);
            live.end();
            print(report, platform);
            if (!exit) {
                throw new FailedException(platform.awaitFailure());
            }
        } finally {
            signal.awaitEndIfStopping();
            platform.close();
        }
    }

    /** Any free ports, so that nothing that runs already is in the way; then the profile; then the user's variables. */
    private Map<String, String> environment() {
        Map<String, String> ports = new HashMap<>(Map.of(
                "STANDALONE_BROKER_PORT", "0",
                "STANDALONE_REGISTRY_PORT", "0",
                "STANDALONE_INFERENCE_PORT", "0",
                "STANDALONE_TRAINER_PORT", "0"));
        ports.putAll(profile.environment(System.getenv()));
        return ports;
    }

    private void print(QuickstartReport report, Standalone platform) throws IOException {
        PrintWriter out = console.out();
        out.println();
        report.table().forEach(out::println);
        out.println();
        if (!exit) {
            out.println("Still serving; Ctrl-C ends it. Ask for a vector:");
            out.println(
                    "  curl -s " + platform.inferenceAddress() + "/v1/embeddings -H 'Content-Type: application/json' "
                            + "-d '{\"input\": \"a small domesticated carnivorous mammal\"}'");
            out.println("Send your own rows (columns text and label):");
            out.println(
                    "  docker/millrace produce --bootstrap " + platform.kafka().bootstrapServers() + " --registry "
                            + platform.kafka().registryUrl() + " FILE.tsv");
        }
        out.println(report.json());
        out.flush();
    }
}
