package dev.millrace.standalone.cli;

import dev.millrace.contract.StartupException;
import dev.millrace.standalone.deadletters.Bytes;
import dev.millrace.standalone.deadletters.Letter;
import dev.millrace.standalone.deadletters.LetterBox;
import dev.millrace.standalone.deadletters.LetterFilter;
import dev.millrace.standalone.deadletters.LetterRecords;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.avro.generic.GenericRecord;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace dead-letters show}: everything about a letter, its record decoded where that is possible. */
@Command(
        name = "show",
        description = {
            "Shows dead letters in full: cause, detail, place, schema id, and the record.",
            "The record is decoded with the schema it names; where that fails its first bytes are dumped.",
            "For one letter: --partition 2 --offsets 1234, as 'list' prints its place."
        })
final class DeadLettersShowCommand implements Callable<Integer> {
    @Mixin
    private final Console console = new Console();

    @Mixin
    private final ConnectionOptions connection = new ConnectionOptions();

    @Mixin
    private final LetterOptions which = new LetterOptions();

    @Option(
            names = "--bytes",
            defaultValue = "512",
            paramLabel = "N",
            description = "At most so much of a record is shown, in bytes or characters (default: ${DEFAULT-VALUE}).")
    private int bytes;

    @Option(names = "--json", description = "One JSON object a line.")
    private boolean json;

    @Override
    public Integer call() throws InterruptedException {
        if (bytes < 0) {
            throw new StartupException("--bytes must not be negative, was " + bytes);
        }
        try (LetterRecords records = new LetterRecords(connection.kafka())) {
            LetterBox box = new LetterBox(connection.kafka(), records, connection.timeout());
            LetterFilter filter = which.filter();
            int limit = which.limit();
            List<Letter> letters = connection.platform(console.liveLine()).ask(() -> box.newest(filter, limit));
            letters.forEach(letter -> show(letter, records));
            if (letters.isEmpty() && !json) {
                console.out().println(DeadLettersListCommand.NONE);
            }
        }
        return 0;
    }

    private void show(Letter letter, LetterRecords records) {
        Map<String, Object> fields = LetterFields.of(letter);
        Optional<String> record =
                records.decode(letter).map(GenericRecord::toString).map(this::shortened);
        ByteBuffer value = letter.content().getValue();
        if (json) {
            record.ifPresent(text -> fields.put("record", text));
            if (record.isEmpty() && value != null) {
                fields.put("hex", hex(value));
            }
            console.out().println(LetterFields.json(fields));
            return;
        }
        fields.forEach((name, text) -> console.out().printf("%-10s  %s%n", name, text));
        if (record.isPresent()) {
            console.out().printf("%-10s  %s%n", "record", record.get());
        } else if (value != null) {
            console.out().print(Bytes.dump(value, bytes));
        }
        console.out().println();
    }

    private String shortened(String text) {
        return text.length() <= bytes ? text : text.substring(0, bytes) + "… (" + text.length() + " characters)";
    }

    private String hex(ByteBuffer value) {
        byte[] head = new byte[Math.min(bytes, value.remaining())];
        value.duplicate().get(head);
        return HexFormat.of().formatHex(head);
    }
}
