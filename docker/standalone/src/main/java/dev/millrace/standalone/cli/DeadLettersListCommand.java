package dev.millrace.standalone.cli;

import dev.millrace.schemas.RejectReason;
import dev.millrace.standalone.deadletters.Bytes;
import dev.millrace.standalone.deadletters.Letter;
import dev.millrace.standalone.deadletters.LetterBox;
import dev.millrace.standalone.deadletters.LetterFilter;
import dev.millrace.standalone.deadletters.LetterRecords;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace dead-letters list}: a line for each, and how often each cause came up. */
@Command(
        name = "list",
        description = {
            "Lists dead letters, oldest first: place in the samples topic, arrival, cause, key, detail.",
            "The last line counts them by cause. With --json a line is an object and there is no count."
        })
final class DeadLettersListCommand implements Callable<Integer> {
    /** What is said where no letter is meant. */
    static final String NONE = "no dead letters";

    private static final int SHOWN_KEY = 24;
    private static final int SHOWN_DETAIL = 100;

    @Mixin
    private final Console console = new Console();

    @Mixin
    private final ConnectionOptions connection = new ConnectionOptions();

    @Mixin
    private final LetterOptions which = new LetterOptions();

    @Option(names = "--json", description = "One JSON object a line.")
    private boolean json;

    @Override
    public Integer call() throws InterruptedException {
        Map<RejectReason, Integer> causes = new EnumMap<>(RejectReason.class);
        try (LetterRecords records = new LetterRecords(connection.kafka())) {
            LetterBox box = new LetterBox(connection.kafka(), records, connection.timeout());
            LetterFilter filter = which.filter();
            int limit = which.limit();
            List<Letter> letters = connection.platform(console.liveLine()).ask(() -> box.newest(filter, limit));
            letters.forEach(letter -> {
                causes.merge(letter.content().getCause(), 1, Integer::sum);
                console.out().println(json ? LetterFields.json(LetterFields.of(letter)) : line(letter));
            });
        }
        if (!json) {
            console.out().println(count(causes));
        }
        return 0;
    }

    private static String line(Letter letter) {
        return "%-32s  %-24s  %-18s  %-24s  %s"
                .formatted(
                        letter.place(),
                        letter.content().getReceivedAt(),
                        letter.content().getCause(),
                        shortened(Bytes.textOrHex(letter.content().getKey()), SHOWN_KEY),
                        shortened(letter.content().getDetail(), SHOWN_DETAIL));
    }

    private static String shortened(String text, int most) {
        String line = text.replaceAll("\\p{Cntrl}", " ");
        return line.codePointCount(0, line.length()) <= most
                ? line
                : line.substring(0, line.offsetByCodePoints(0, most - 1)) + "…";
    }

    private static String count(Map<RejectReason, Integer> causes) {
        int all = causes.values().stream().mapToInt(Integer::intValue).sum();
        String each = causes.entrySet().stream()
                .map(cause -> cause.getKey() + " " + cause.getValue())
                .collect(Collectors.joining(", "));
        return all == 0 ? NONE : all + " dead letters: " + each;
    }
}
