package dev.millrace.verify;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.millrace.contract.StartupException;
import dev.millrace.inference.encoder.EncoderInput;
import dev.millrace.inference.encoder.InputKind;
import dev.millrace.inference.encoder.Pooling;
import dev.millrace.inference.encoder.RefusedModelException;
import dev.millrace.scenario.CountArgument;
import dev.millrace.scenario.FileFeed;
import dev.millrace.scenario.ScratchDirectory;
import dev.millrace.schemas.AcceptedSample;
import dev.millrace.schemas.EvaluationReport;
import dev.millrace.schemas.ServingStatus;
import dev.millrace.schemas.SwapOutcome;
import dev.millrace.schemas.TrainingBatch;
import dev.millrace.standalone.Standalone;
import dev.millrace.standalone.StandaloneConfig;
import dev.millrace.standalone.quickstart.FrozenEncoder;
import dev.millrace.standalone.topics.TopicReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Images through the whole loop: Fashion-MNIST as PNG files by {@code millrace produce --image} into the samples topic, the
 * PP-OCR text-angle classifier (a MobileNetV3 that has never seen clothes) as the encoder. Claims that the nearest neighbours of held-out images tell the
 * garment more often by the version that is served in the end than by the frozen encoder, and that HTTP answers come from
 * that version. Arguments: samples (default 4000).
 */
public final class ImagesVerify {
    private static final String MODEL = "/models/ch_ppocr_mobile_v2.0_cls_infer.onnx";
    /** Output of the last hard swish, {@code [batch, 200, 6, 12]} here: what its own classifier pools. */
    private static final String FEATURE_MAP = "hardswish_17.tmp_0";

    private static final String PREPROCESSING = """
            {"do_resize": true, "size": {"height": 48, "width": 48}, "resample": 2, "channel_order": "BGR",
             "do_normalize": true, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}
            """;
    private static final Map<String, String> SETTINGS = Map.ofEntries(
            Map.entry("TRAINER_POLICY__FREEZE", "[]"),
            Map.entry("TRAINER_POLICY__ENCODER_LEARNING_RATE", "1e-3"),
            Map.entry("TRAINER_POLICY__HEAD_LEARNING_RATE", "1e-2"),
            Map.entry("TRAINER_BATCH__SIZE", "32"),
            Map.entry("TRAINER_REPLAY__PER_BATCH", "32"),
            Map.entry("TRAINER_SNAPSHOT__EVERY_STEPS", "40"),
            Map.entry("TRAINER_SNAPSHOT__EVERY", "15s"));
    private static final int DEFAULT_SAMPLES = 4_000;
    private static final int MAX_GALLERY = 2_000;
    private static final int ALONE = 20;
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long LOOK_MILLIS = 200;

    private final Standalone platform;
    private final Path table;
    private final int samples;

    /** What is printed. Accuracies are fractions of the held-out images. */
    public record Figures(
            int samples,
            double samplesPerSecond,
            double knnFrozen,
            double knnServed,
            int versionsServed,
            double seconds) {
        /** Whether the claim holds. */
        public boolean isProven() {
            return knnServed > knnFrozen && versionsServed > 0;
        }
    }

    /** @param table names the image files and their labels, as {@code produce} reads it */
    private ImagesVerify(Standalone platform, Path table, int samples) {
        this.platform = platform;
        this.table = table;
        this.samples = samples;
    }

    /** Whether there are images to stream. */
    public static boolean isPossible() {
        return FashionMnist.folder().isPresent();
    }

    /** Runs it; exit code 1 when a claim does not hold. */
    public static void main(String[] arguments) throws Exception {
        int count = CountArgument.of("verify images", arguments, DEFAULT_SAMPLES);
        boolean holds;
        try (ScratchDirectory scratch = ScratchDirectory.make("verify-images")) {
            Figures figures = run(scratch.path(), count);
            holds = figures.isProven();
            System.out.println(JsonMapper.builder().build().writeValueAsString(figures));
            if (holds) {
                scratch.noLongerNeeded();
            }
        }
        System.exit(holds ? 0 : 1); // Threads of the native runtime stay.
    }

    /**
     * Streams the first so many images, on a platform of its own in the directory.
     *
     * @throws StartupException when the images are not there
     */
    public static Figures run(Path directory, int samples) throws Exception {
        Path table = FashionMnist.write(directory.resolve("images"), samples);
        try (Standalone platform = Standalone.start(config(directory), directory.resolve("data"), SETTINGS)) {
            return new ImagesVerify(platform, table, samples).run();
        }
    }

    private static StandaloneConfig config(Path directory) throws IOException {
        Path model = directory.resolve("cls.onnx");
        try (InputStream in = ImagesVerify.class.getResourceAsStream(MODEL)) {
            if (in == null) {
                throw new StartupException("the class path holds no " + MODEL + "; build again");
            }
            Files.copy(in, model);
        }
        Path preprocessing = Files.writeString(directory.resolve("preprocessor_config.json"), PREPROCESSING);
        return new StandaloneConfig(
                0,
                0,
                0,
                0,
                1,
                new StandaloneConfig.Encoder(
                        "clothes", model, InputKind.IMAGE, null, 128, "", preprocessing, Pooling.MEAN, FEATURE_MAP),
                null,
                null);
    }

    private Figures run() throws IOException, InterruptedException, RefusedModelException {
        long started = System.nanoTime();
        await("the base model", () -> platform.inference().readiness().isReady());
        say("streaming " + samples + " images");
        produce();
        await("the training of every sample", () -> settled() >= samples);
        double trainedSeconds = (System.nanoTime() - started) / 1e9;
        long last = platform.trainer().status().position();
        await("a verdict on version " + last, () -> platform.trainer().published() >= last && isJudged(last));
        long promoted = platform.trainer().promoted();
        await("version " + promoted, () -> platform.inference().servedVersion().orElse(0) == promoted);

        List<AcceptedSample> gallery = trained();
        List<AcceptedSample> queries = read(platform.kafka().topics().holdout(), AcceptedSample.class);
        var client = new ImageClient(platform.inferenceAddress());
        double served = ImageAccuracy.of(gallery, queries, images -> client.embed(images, promoted));
        requireSameBits(client, ImageAccuracy.images(queries.subList(0, Math.min(ALONE, queries.size()))), promoted);
        double frozen;
        try (var encoder = FrozenEncoder.open(platform.model(), 2)) {
            frozen = ImageAccuracy.of(
                    gallery,
                    queries,
                    images -> encoder.embed(images.stream()
                            .<EncoderInput>map(EncoderInput.Image::new)
                            .toList()));
        }
        return new Figures(
                samples,
                rounded(samples / trainedSeconds),
                rounded(frozen),
                rounded(served),
                versionsServed(),
                rounded((System.nanoTime() - started) / 1e9));
    }

    private void produce() {
        PrintWriter progress = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        int code = FileFeed.produce(platform, progress, "--image", "file", table.toString());
        if (code != 0) {
            throw new IllegalStateException("produce ended with " + code);
        }
    }

    private long settled() {
        return FileFeed.settled(platform);
    }

    private boolean isJudged(long version) {
        return read(platform.kafka().topics().evaluations(), EvaluationReport.class).stream()
                .anyMatch(report -> report.getVersion() == version);
    }

    private int versionsServed() {
        return (int) read(platform.kafka().topics().servingStatus(), ServingStatus.class).stream()
                .filter(status -> status.getOutcome() == SwapOutcome.SERVING && status.getVersion() > 0)
                .map(ServingStatus::getVersion)
                .distinct()
                .count();
    }

    /** The newest trained samples. */
    private List<AcceptedSample> trained() {
        List<AcceptedSample> all = read(platform.kafka().topics().batches(), TrainingBatch.class).stream()
                .flatMap(batch -> batch.getSamples().stream())
                .toList();
        return all.subList(Math.max(0, all.size() - MAX_GALLERY), all.size());
    }

    private <T extends org.apache.avro.specific.SpecificRecord> List<T> read(String topic, Class<T> type) {
        try (var reader = new TopicReader<>(platform.kafka(), topic, type)) {
            return reader.readNew(LIMIT).stream().map(TopicReader.Entry::value).toList();
        }
    }

    /** An image is answered with the same bits alone as in a batch. */
    private static void requireSameBits(ImageClient client, List<byte[]> images, long version)
            throws IOException, InterruptedException {
        List<float[]> together = client.embed(images, version);
        for (int i = 0; i < images.size(); i++) {
            float[] alone = client.embed(images.subList(i, i + 1), version).get(0);
            if (!Arrays.equals(alone, together.get(i))) {
                throw new IllegalStateException(
                        "image " + i + " is answered differently alone and in a batch of " + images.size());
            }
        }
    }

    /** Waits as long as training moves on. */
    private void await(String what, BooleanSupplier condition) throws InterruptedException {
        long seen = -1;
        long movedAt = System.nanoTime();
        while (!condition.getAsBoolean()) {
            long now = settled() + platform.trainer().published();
            if (now != seen) {
                seen = now;
                movedAt = System.nanoTime();
                say("waiting for " + what + ": " + settled() + " samples, version "
                        + platform.trainer().status().position());
            }
            if (System.nanoTime() - movedAt > PATIENCE.toNanos()) {
                throw new IllegalStateException("nothing moved for " + PATIENCE + " while waiting for " + what + "; "
                        + platform.trainer().troubles() + " "
                        + platform.inference().readiness());
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        }
    }

    private static void say(String what) {
        System.err.println(what);
    }

    private static double rounded(double value) {
        return Math.round(value * 1e4) / 1e4;
    }
}
