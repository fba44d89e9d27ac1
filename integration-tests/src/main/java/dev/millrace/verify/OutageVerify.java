package dev.millrace.verify;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.scenario.ScratchDirectory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code verify outages}: what goes away outside loses nothing, is told by readiness, and is over by itself. Exit code 2, in
 * words, when an outage has no such name or something is missing on this machine that it needs.
 */
@Command(name = "verify outages", description = "Takes away registry, brokers, disk space and the right time.")
public final class OutageVerify implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Option(names = "--away", defaultValue = "60", description = "Seconds each outage lasts (${DEFAULT-VALUE}).")
    private int awaySeconds;

    @Option(names = "--seed", defaultValue = "1", description = "Decides the samples (${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--only", split = ",", description = "Names of outages, with commas between; all without it.")
    private List<String> only = new ArrayList<>();

    /** Runs the proof and ends the process. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new OutageVerify()).execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        List<String> refusals = refusals();
        if (!refusals.isEmpty()) {
            refusals.forEach(System.err::println);
            return CommandLine.ExitCode.USAGE;
        }
        List<OutageReport> reports = new ArrayList<>();
        Duration away = Duration.ofSeconds(awaySeconds);
        try (ScratchDirectory scratch = ScratchDirectory.make("verify-outages")) {
            if (only.isEmpty() || !only.equals(List.of(LeaderOutage.NAME))) {
                reports.addAll(OutageScenario.run(scratch.path(), away, seed, this::isWanted));
            }
            if (isWanted(LeaderOutage.NAME)) {
                reports.addAll(LeaderOutage.run(scratch.path().resolve("three"), away, seed));
            }
            System.out.println(json(reports));
            boolean holds = reports.stream().allMatch(OutageReport::holds);
            if (holds) {
                scratch.noLongerNeeded();
            }
            return holds ? 0 : 1;
        }
    }

    private List<String> refusals() throws InterruptedException {
        List<String> known = new ArrayList<>(OutageScenario.NAMES);
        known.add(LeaderOutage.NAME);
        List<String> refusals = new ArrayList<>();
        only.stream()
                .filter(name -> !known.contains(name))
                .map(name -> "--only has " + name + "; outages are " + String.join(", ", known))
                .forEach(refusals::add);
        refusals.addAll(OutageScenario.missing(this::isWanted));
        return refusals;
    }

    private boolean isWanted(String name) {
        return only.isEmpty() || only.contains(name);
    }

    private static String json(List<OutageReport> reports) throws Exception {
        List<Map<String, Object>> entries = new ArrayList<>();
        for (OutageReport report : reports) {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("name", report.name());
            entry.put("redCause", report.redCause());
            entry.put("recovered", report.recovered());
            entry.put("lost", report.lost());
            entries.add(entry);
        }
        return JSON.writeValueAsString(Map.of("outages", entries));
    }
}
