package dev.millrace.scenario;

import dev.millrace.contract.KafkaConfig;
import dev.millrace.standalone.Standalone;
import dev.millrace.standalone.cli.MillraceMain;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** A file that goes by {@code millrace produce} into a platform of this process. Stateless. */
public final class FileFeed {
    private FileFeed() {}

    /**
     * Runs the command to its end.
     *
     * @param out takes what it prints
     * @param further its options beside the addresses, then the file
     * @return its exit code
     */
    public static int produce(Standalone platform, PrintWriter out, String... further) {
        KafkaConfig kafka = platform.kafka();
        List<String> command = new ArrayList<>(List.of("produce", "--bootstrap", kafka.bootstrapServers()));
        command.addAll(List.of("--registry", kafka.registryUrl(), "--topic-prefix", kafka.topicPrefix()));
        command.addAll(List.of(further));
        return MillraceMain.commandLine().setOut(out).execute(command.toArray(String[]::new));
    }

    /** Records that have come to an end: trained, held out, known before or dead-lettered. */
    public static long settled(Standalone platform) {
        var counts = platform.trainer().former().counts();
        long refused = counts.deadLetters().values().stream()
                .mapToLong(Long::longValue)
                .sum();
        return platform.trainer().status().samples() + counts.holdout() + counts.duplicates() + refused;
    }
}
