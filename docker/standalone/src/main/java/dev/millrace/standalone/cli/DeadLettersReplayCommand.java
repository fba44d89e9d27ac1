package dev.millrace.standalone.cli;

import dev.millrace.standalone.deadletters.LetterBox;
import dev.millrace.standalone.deadletters.LetterRecords;
import dev.millrace.standalone.deadletters.Place;
import dev.millrace.standalone.deadletters.Replay;
import dev.millrace.standalone.deadletters.ReplayOutcome;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace dead-letters replay}: sends letters back once their cause is gone. */
@Command(
        name = "replay",
        description = {
            "Sends dead letters to the samples topic again, once their cause is gone: a label allowed, a limit raised,"
                    + " a schema registered.",
            "A record keeps its key, its bytes and its partition, and so its id; one that is still bad becomes a"
                    + " dead letter again.",
            "Replaying twice changes nothing. A replayed record names its place in the header millrace.replay-of;"
                    + " whatever has been replayed before is found by it and left out (ALREADY_REPLAYED), however long"
                    + " ago that was. Left out too: what was refused again after a replay (REFUSED_AGAIN), and letters"
                    + " so old that the samples topic no longer shows whether they were replayed (MARK_MAY_BE_GONE)."
                    + " --again replays these two; an id accepted within the dedupe window stays a duplicate even then,"
                    + " one accepted before it would be trained once more.",
            "The last line counts the outcomes."
        })
final class DeadLettersReplayCommand implements Callable<Integer> {
    @Mixin
    private final Console console = new Console();

    @Mixin
    private final ConnectionOptions connection = new ConnectionOptions();

    @Mixin
    private final LetterOptions which = new LetterOptions();

    @Option(names = "--dry-run", description = "Says what would be sent and sends nothing.")
    private boolean dryRun;

    @Option(names = "--again", description = "Also REFUSED_AGAIN and MARK_MAY_BE_GONE.")
    private boolean again;

    @Option(names = "--json", description = "One JSON object with the counts.")
    private boolean json;

    @Override
    public Integer call() throws InterruptedException {
        Map<Place, ReplayOutcome> outcomes;
        try (LetterRecords records = new LetterRecords(connection.kafka())) {
            LetterBox box = new LetterBox(connection.kafka(), records, connection.timeout());
            Replay.Order order = new Replay.Order(which.filter(), again, dryRun, which.limit());
            Replay replay = new Replay(connection.kafka(), box, connection.timeout());
            Replay.Found found = connection.platform(console.liveLine()).ask(() -> replay.find(order));
            outcomes = replay.run(order, found);
        }
        if (json) {
            Map<String, Object> counts = new LinkedHashMap<>();
            Replay.tally(outcomes).forEach((outcome, times) -> counts.put(camelCase(outcome), times));
            counts.put("dryRun", dryRun);
            console.out().println(LetterFields.json(counts));
        } else {
            outcomes.forEach((place, outcome) -> console.out()
                    .printf(
                            "%-32s  %s%n",
                            place, dryRun && outcome == ReplayOutcome.REPLAYED ? words(outcome) : outcome));
            console.out()
                    .println(Replay.tally(outcomes).entrySet().stream()
                            .map(count -> count.getValue() + " " + words(count.getKey()))
                            .collect(Collectors.joining(", ")));
        }
        return 0;
    }

    private String words(ReplayOutcome outcome) {
        return switch (outcome) {
            case REPLAYED -> dryRun ? "would be replayed" : "replayed";
            case ALREADY_REPLAYED -> "replayed before";
            case REFUSED_AGAIN -> "refused again after a replay";
            case MARK_MAY_BE_GONE -> "too old to tell";
            case NOT_KEPT -> "not kept";
        };
    }

    private static String camelCase(ReplayOutcome outcome) {
        StringBuilder name = new StringBuilder();
        for (String word : outcome.name().toLowerCase(Locale.ROOT).split("_")) {
            name.append(name.isEmpty() ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1));
        }
        return name.toString();
    }
}
