package dev.millrace.standalone.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.millrace.contract.AvroSerdes;
import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.StartupException;
import dev.millrace.inference.encoder.InputKind;
import dev.millrace.schemas.LabelledSample;
import dev.millrace.standalone.produce.Columns;
import dev.millrace.standalone.produce.FileFormat;
import dev.millrace.standalone.produce.InputColumn;
import dev.millrace.standalone.produce.Pace;
import dev.millrace.standalone.produce.RowTally;
import dev.millrace.standalone.produce.SampleFile;
import dev.millrace.standalone.produce.SampleSender;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace produce}: a file of labelled rows into the samples topic. */
@Command(
        name = "produce",
        description = {
            "Sends the labelled rows of a file to the samples topic: TSV (no quoting), CSV or JSON Lines, UTF-8, "
                    + "columns by name.",
            "Sending a file twice changes nothing: a row gets the same id each time, and an id is trained once.",
            "The last line of the output is JSON: samples, bad, seconds, samplesPerSecond."
        })
final class ProduceCommand implements Callable<Integer> {
    private static final double MILLIS_A_SECOND = 1e3;

    @Mixin
    private final Console console = new Console();

    @Mixin
    private final ConnectionOptions connection = new ConnectionOptions();

    @Option(names = "--text", paramLabel = "COLUMN", description = "Input text (default: text).")
    private @Nullable String text;

    @Option(
            names = "--image",
            paramLabel = "COLUMN",
            description = "Input image: path of a PNG or JPEG file, relative to FILE.")
    private @Nullable String image;

    @Option(
            names = "--features",
            paramLabel = "COLUMN",
            description = "Input vector: numbers between spaces or commas, or a JSON array.")
    private @Nullable String features;

    @Option(names = "--label", defaultValue = "label", paramLabel = "COLUMN", description = "Class (default: label).")
    private String label = "";

    @Option(
            names = "--id",
            paramLabel = "COLUMN",
            description = "Identity of a sample (default: made from line number and content).")
    private @Nullable String id;

    @Option(
            names = "--time",
            paramLabel = "COLUMN",
            description = "Event time: 2026-01-31T10:15:30Z, 2026-01-31 or milliseconds since 1970 (default: now).")
    private @Nullable String time;

    @Option(names = "--format", description = "${COMPLETION-CANDIDATES} (default: by the name of the file).")
    private @Nullable FileFormat format;

    @Option(
            names = "--rate",
            defaultValue = "0",
            paramLabel = "N",
            description = "At most so many samples a second (default: as fast as the broker takes them).")
    private double rate;

    @Option(
            names = "--max-bad",
            defaultValue = "0",
            paramLabel = "N",
            description = {
                "So many rows may be unreadable and are left out (default: 0).",
                "A file is checked as a whole before the first sample is sent."
            })
    private long maxBad;

    @Parameters(paramLabel = "FILE", description = "The file; - is standard input, which needs --format.")
    private String name = "";

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (rate < 0 || maxBad < 0) {
            throw new StartupException("--rate and --max-bad must not be negative");
        }
        KafkaConfig kafka = connection.kafka();
        DecidedProperties.refuseOfSending(kafka);
        int maxBytes = SampleSender.maxInputBytes(kafka);
        var file = new SampleFile(
                name, format != null ? format : FileFormat.ofName(name), new Columns(input(maxBytes), label, id, time));
        var live = console.liveLine();
        RowTally rows = file.isStandardInput() ? new RowTally(0) : check(file);
        OptionalLong total = file.isStandardInput() ? OptionalLong.empty() : OptionalLong.of(rows.usable());
        if (total.equals(OptionalLong.of(0))) {
            console.err().println(name + " holds no sample; nothing was sent");
            console.out().println(summary(rows, Duration.ZERO));
            return 0;
        }
        Serializer<LabelledSample> values = new AvroSerdes(kafka).serializer();
        awaitPlatform(kafka, values, live);
        Instant started = Instant.now();
        RowTally sent = send(file, values, live, total);
        console.out().println(summary(sent, Duration.between(started, Instant.now())));
        return 0;
    }

    private InputColumn input(int maxBytes) {
        if (Stream.of(text, image, features).filter(Objects::nonNull).count() > 1) {
            throw new StartupException("a sample has one input: give one of --text, --image and --features");
        }
        Path folder = Path.of(name).toAbsolutePath().normalize().getParent();
        if (image != null) {
            return new InputColumn(InputKind.IMAGE, image, folder == null ? Path.of("") : folder, maxBytes);
        }
        return features != null
                ? new InputColumn(InputKind.FEATURES, features, Path.of(""), maxBytes)
                : InputColumn.text(text == null ? "text" : text, maxBytes);
    }

    private RowTally check(SampleFile file) throws IOException {
        RowTally rows = file.check(InstantSource.system());
        refuseUnreadable(rows, "nothing was sent");
        return rows;
    }

    private void awaitPlatform(KafkaConfig kafka, Serializer<LabelledSample> values, LiveLine live)
            throws InterruptedException {
        String topic = kafka.topics().samples();
        var probe = new LabelledSample("probe", Instant.EPOCH, null, null, null, null, Map.of());
        connection.platform(live).await(topic, () -> values.serialize(topic, probe));
    }

    private RowTally send(SampleFile file, Serializer<LabelledSample> values, LiveLine live, OptionalLong total)
            throws IOException {
        var bar = new ProgressBar(live, total);
        var tally = new RowTally(file.isStandardInput() ? maxBad : Long.MAX_VALUE);
        var pace = new Pace(rate, System::nanoTime);
        try (var sender = SampleSender.connect(connection.kafka(), values, connection.timeout());
                var reader = file.open(InstantSource.system());
                var interruption = new Interruption(() -> {
                    bar.close();
                    live.say(interrupted(sender.acknowledged(), total));
                })) {
            interruption.arm();
            bar.start(sender::acknowledged);
            tally.readAll(reader, sample -> {
                pace.await();
                sender.send(sample);
            });
            sender.flush();
        } catch (KafkaException e) {
            String advice = e.getCause() instanceof RecordTooLargeException
                    ? "; raise max.message.bytes of the topic, or leave the row out"
                    : "; sending the whole file again is safe";
            throw new FailedException(e.getMessage() + advice, e);
        } finally {
            bar.close();
        }
        if (file.isStandardInput()) {
            refuseUnreadable(tally, "stopped; the " + tally.usable() + " samples before were sent");
        }
        return tally;
    }

    private static String interrupted(long acknowledged, OptionalLong total) {
        String of = total.isPresent() ? " of " + total.getAsLong() : "";
        return "interrupted: at least " + acknowledged + of
                + " samples are acknowledged; sending the whole file again is safe";
    }

    private void refuseUnreadable(RowTally rows, String consequence) {
        rows.firstUnreadable().forEach(row -> console.err().println(name + ", " + row));
        if (rows.unreadable() > maxBad) {
            throw new StartupException(name + ": " + rows.unreadable() + " of " + (rows.usable() + rows.unreadable())
                    + " rows cannot be read, --max-bad allows " + maxBad + "; " + consequence);
        }
    }

    private static String summary(RowTally rows, Duration took) throws IOException {
        double seconds = took.toMillis() / MILLIS_A_SECOND;
        var fields = new LinkedHashMap<String, Object>();
        fields.put("samples", rows.usable());
        fields.put("bad", rows.unreadable());
        fields.put("seconds", seconds);
        fields.put("samplesPerSecond", Math.round(rows.usable() / Math.max(seconds, 1 / MILLIS_A_SECOND)));
        return JsonMapper.builder().build().writeValueAsString(fields);
    }
}
