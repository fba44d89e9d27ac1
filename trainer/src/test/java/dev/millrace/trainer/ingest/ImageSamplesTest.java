package dev.millrace.trainer.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.inference.encoder.EncoderGraph;
import dev.millrace.inference.encoder.ImagePreprocessing;
import dev.millrace.inference.encoder.ModelConfig;
import dev.millrace.schemas.LabelledSample;
import dev.millrace.schemas.RejectReason;
import dev.millrace.trainer.NumberEncoders;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the rules say of images: whatever passes them can be trained on. */
final class ImageSamplesTest {
    private static final int MAX_BYTES = 2_000;
    private static final SourcePosition SOURCE = new SourcePosition("samples", 0, 1, Instant.EPOCH);

    @TempDir
    private Path directory;

    private SampleRules rules;

    @BeforeEach
    void readTheModel() throws Exception {
        ModelConfig model = NumberEncoders.images(directory);
        EncoderGraph graph = model.openGraph();
        IngestConfig config = new IngestConfig(List.of(), 20, 10, 8, MAX_BYTES, Duration.ofHours(1), 0.1);
        rules = new SampleRules(config, InputRule.of((ImagePreprocessing) model.openPreprocessing(graph)));
    }

    @Test
    void acceptsAnImageAndDropsWhatStandsBesideIt() throws Exception {
        ByteBuffer image = ByteBuffer.wrap(png(5, 5));
        LabelledSample sample = Samples.text("a", "cat", "not for this model");
        sample.setImage(image);

        Decoded.Valid valid = (Decoded.Valid) check(sample);

        assertThat(valid.sample().getImage()).isEqualTo(image);
        assertThat(valid.sample().getText()).isNull();
        assertThat(image.position()).isZero();
    }

    @Test
    void namesTheCauseOfEachOther() throws Exception {
        byte[] good = png(5, 5);

        assertThat(reason(null)).isEqualTo(RejectReason.MISSING_INPUT);
        assertThat(reason(new byte[0])).isEqualTo(RejectReason.NOT_AN_IMAGE);
        assertThat(reason(new byte[] {'G', 'I', 'F', '8', '9', 'a'})).isEqualTo(RejectReason.NOT_AN_IMAGE);
        assertThat(reason(Arrays.copyOf(good, good.length / 2))).isEqualTo(RejectReason.BROKEN_IMAGE);
        assertThat(reason(Arrays.copyOf(good, MAX_BYTES + 1))).isEqualTo(RejectReason.IMAGE_TOO_LARGE);
        assertThat(reason(bomb(good))).isEqualTo(RejectReason.TOO_MANY_PIXELS);
    }

    private RejectReason reason(byte @Nullable [] image) {
        LabelledSample sample = new LabelledSample(
                "a", Instant.EPOCH, "cat", null, null, image == null ? null : ByteBuffer.wrap(image), Map.of());
        return ((Decoded.Rejected) check(sample)).reason();
    }

    private Decoded check(LabelledSample sample) {
        SampleFields fields = new SampleFields(
                sample.getId(),
                sample.getEventTime(),
                sample.getLabel(),
                sample.getText(),
                sample.getFeatures(),
                sample.getImage());
        return rules.check(fields, 1, SOURCE);
    }

    private static byte[] png(int width, int height) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB), "png", bytes);
        return bytes.toByteArray();
    }

    /** The same file, whose header claims 60,000 x 60,000 pixels. */
    private static byte[] bomb(byte[] png) {
        byte[] bomb = png.clone();
        ByteBuffer.wrap(bomb).putInt(16, 60_000).putInt(20, 60_000);
        CRC32 sum = new CRC32();
        sum.update(bomb, 12, 17);
        ByteBuffer.wrap(bomb).putInt(29, (int) sum.getValue());
        return bomb;
    }
}
