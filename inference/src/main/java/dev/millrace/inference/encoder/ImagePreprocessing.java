package dev.millrace.inference.encoder;

import dev.millrace.contract.StartupException;
import dev.millrace.contract.UnreadableFile;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;

/**
 * PNG and JPEG images to the numbers that a graph reads, in the order of Hugging Face's image processors: to three colours,
 * resize, centre crop, rescale, normalise. Grey (Pillow's {@code L}) where the graph has one channel. Immutable.
 */
public final class ImagePreprocessing implements Preprocessing {
    private static final int SAMPLES = 256;
    /** Weights of red, green and blue in grey, in 65536ths: Pillow's. */
    private static final int[] GREY = {19595, 38470, 7471};

    private static final int GREY_HALF = 0x8000;
    private static final int GREY_BITS = 16;

    private final byte[] json;
    private final PreprocessorFile file;
    private final PixelScale scale;

    private ImagePreprocessing(byte[] json, PreprocessorFile file, PixelScale scale) {
        this.json = json;
        this.file = file;
        this.scale = scale;
    }

    /**
     * Reads a preprocessing file for a graph.
     *
     * @throws StartupException when it cannot be read, or does not say what it must
     * @throws RefusedModelException when the graph takes other images than come out
     */
    public static ImagePreprocessing read(Path preprocessorJson, EncoderGraph graph) throws RefusedModelException {
        try {
            return parse(Files.readAllBytes(preprocessorJson), graph, preprocessorJson.toString());
        } catch (IOException e) {
            throw new StartupException(
                    UnreadableFile.words(preprocessorJson, e)
                            + "; give the model's preprocessor_config.json as model.preprocessing",
                    e);
        } catch (IllegalArgumentException e) {
            throw new StartupException(String.valueOf(e.getMessage()), e);
        }
    }

    /**
     * As {@link #read}, from memory.
     *
     * @param origin where the bytes came from, for messages
     * @throws IllegalArgumentException when this is no such file
     */
    public static ImagePreprocessing parse(byte[] json, EncoderGraph graph, String origin)
            throws RefusedModelException {
        try {
            PreprocessorFile file = PreprocessorFile.of(json);
            List<Integer> wanted = graph.inputShape(); // [channels, height, width], 0 where open
            int channels = wanted.get(0) == 0 ? RgbImage.CHANNELS : wanted.get(0);
            PreprocessorFile.Size size = size(file, wanted);
            requireFit(size, wanted, origin);
            float[][] values = IntStream.range(0, channels)
                    .mapToObj(channel -> values(file, channel, channels))
                    .toArray(float[][]::new);
            return new ImagePreprocessing(json, file, new PixelScale(size.height(), size.width(), values));
        } catch (IOException e) {
            throw new IllegalArgumentException(origin + " is no preprocessor_config.json: " + e.getMessage(), e);
        }
    }

    private static PreprocessorFile.Size size(PreprocessorFile file, List<Integer> wanted) throws IOException {
        if (file.crop().isPresent()) {
            return file.crop().get();
        }
        if (file.resize().isPresent() && file.resize().get().shortestEdge() == 0) {
            return file.resize().get().size();
        }
        if (file.resize().isPresent()) {
            throw new IOException("size.shortest_edge leaves the other side open; add do_center_crop and crop_size");
        }
        if (wanted.contains(0)) {
            throw new IOException(
                    "neither size nor crop_size is given and the graph leaves height or width open; give one");
        }
        return new PreprocessorFile.Size(wanted.get(1), wanted.get(2));
    }

    private static void requireFit(PreprocessorFile.Size size, List<Integer> wanted, String origin)
            throws RefusedModelException {
        boolean fits = (wanted.get(1) == 0 || wanted.get(1) == size.height())
                && (wanted.get(2) == 0 || wanted.get(2) == size.width());
        if (!fits) {
            throw new RefusedModelException(
                    origin,
                    List.of("makes images of height " + size.height() + " and width " + size.width()
                            + ", but the graph takes [channels, height, width] = " + wanted
                            + "; use the preprocessor_config.json that belongs to the model"));
        }
    }

    private static float[] values(PreprocessorFile file, int channel, int channels) {
        double mean = ofChannel(file.mean(), "image_mean", channel, channels);
        double deviation = ofChannel(file.deviation(), "image_std", channel, channels);
        float[] values = new float[SAMPLES];
        for (int sample = 0; sample < SAMPLES; sample++) {
            values[sample] = (float) ((sample * file.factor() - mean) / deviation);
        }
        return values;
    }

    private static double ofChannel(List<Double> values, String key, int channel, int channels) {
        if (values.size() != 1 && values.size() != channels) {
            throw new IllegalArgumentException(
                    key + " must have 1 or " + channels + " numbers, as the graph has channels; had " + values.size());
        }
        return values.get(values.size() == 1 ? 0 : channel);
    }

    @Override
    public InputKind kind() {
        return InputKind.IMAGE;
    }

    /**
     * Decodes and fits each image.
     *
     * @throws UnusableInputException when one is no image, or none that the model takes
     */
    @Override
    public List<PreparedInput> prepare(List<EncoderInput> inputs) {
        return Preprocessing.each(
                inputs, input -> prepare(input.as(EncoderInput.Image.class).bytes()));
    }

    private PreparedInput.Pixels prepare(byte[] bytes) {
        RgbImage image = ImageDecoder.decode(bytes);
        if (file.resize().isPresent()) {
            PreprocessorFile.Size size = file.resize().get().of(image.width(), image.height());
            image = resized(image, size);
        }
        if (file.crop().isPresent()) {
            image = image.centerCrop(scale.width(), scale.height());
        }
        if (image.width() != scale.width() || image.height() != scale.height()) {
            throw new UnusableInputException(
                    UnusableInputException.Cause.WRONG_IMAGE_SIZE,
                    "the image is " + image.width() + " x " + image.height() + " pixels, this model takes "
                            + scale.width() + " x " + scale.height());
        }
        return new PreparedInput.Pixels(planes(image), scale);
    }

    /** A very long and thin image would grow beyond every bound. */
    private RgbImage resized(RgbImage image, PreprocessorFile.Size size) {
        if ((long) size.width() * size.height() > ImageDecoder.MAX_PIXELS) {
            throw new UnusableInputException(
                    UnusableInputException.Cause.TOO_MANY_PIXELS,
                    "the image of " + image.width() + " x " + image.height() + " pixels would become " + size.width()
                            + " x " + size.height() + ", at most " + ImageDecoder.MAX_PIXELS + " pixels are allowed");
        }
        return file.resampling().resize(image, size.width(), size.height());
    }

    private byte[] planes(RgbImage image) {
        int pixels = image.width() * image.height();
        int channels = scale.values().length;
        byte[] planes = new byte[channels * pixels];
        byte[] rgb = image.rgb();
        for (int pixel = 0; pixel < pixels; pixel++) {
            for (int channel = 0; channel < channels; channel++) {
                planes[channel * pixels + pixel] = channels == 1
                        ? grey(rgb, pixel * RgbImage.CHANNELS)
                        : rgb[pixel * RgbImage.CHANNELS + (file.isBgr() ? 2 - channel : channel)];
            }
        }
        return planes;
    }

    private static byte grey(byte[] rgb, int at) {
        int sum = GREY_HALF;
        for (int color = 0; color < GREY.length; color++) {
            sum += GREY[color] * (rgb[at + color] & 0xff);
        }
        return (byte) (sum >> GREY_BITS);
    }

    /** The bytes of the {@code preprocessor_config.json}; not to be written to. */
    public byte[] json() {
        return json;
    }

    @Override
    public EncoderInput usualInput() {
        try {
            var grey = new BufferedImage(scale.width(), scale.height(), BufferedImage.TYPE_BYTE_GRAY);
            var png = new ByteArrayOutputStream();
            ImageIO.write(grey, "png", png);
            return new EncoderInput.Image(png.toByteArray());
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory cannot fail", e);
        }
    }

    @Override
    public EncoderInput largestInput() {
        return usualInput();
    }

    @Override
    public void close() {}
}
