package dev.millrace.inference.encoder;

import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.awt.image.SampleModel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * PNG and JPEG bytes to red, green and blue, as Pillow's {@code convert("RGB")} makes them: grey is repeated, palettes are
 * looked up, alpha is left aside, of 16 bits the upper 8 count, colour profiles and EXIF turns are not applied. The size
 * in the header is looked at before anything is decoded. Stateless.
 */
final class ImageDecoder {
    /** Larger images are refused: decoded, one takes up to 8 bytes a pixel. */
    static final int MAX_PIXELS = 1 << 24;

    private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    private static final byte[] JPEG = {(byte) 0xff, (byte) 0xd8, (byte) 0xff};
    private static final int BYTE_BITS = 8;

    private ImageDecoder() {}

    /** @throws UnusableInputException with the cause */
    static RgbImage decode(byte[] bytes) {
        ImageReader reader = ImageIO.getImageReadersByFormatName(format(bytes)).next();
        try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
            reader.setInput(in, true, true);
            long pixels = (long) reader.getWidth(0) * reader.getHeight(0);
            if (pixels > MAX_PIXELS) {
                throw new UnusableInputException(
                        UnusableInputException.Cause.TOO_MANY_PIXELS,
                        "the image has " + reader.getWidth(0) + " x " + reader.getHeight(0) + " pixels, at most "
                                + MAX_PIXELS + " are allowed");
            }
            return rgb(reader.read(0));
        } catch (UnusableInputException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            // Damaged files surface as nearly any exception of the JDK's readers.
            throw new UnusableInputException(
                    UnusableInputException.Cause.BROKEN_IMAGE, "the image cannot be decoded: " + e);
        } finally {
            reader.dispose();
        }
    }

    private static String format(byte[] bytes) {
        if (startsWith(bytes, PNG)) {
            return "png";
        }
        if (startsWith(bytes, JPEG)) {
            return "jpeg";
        }
        throw new UnusableInputException(
                UnusableInputException.Cause.NOT_AN_IMAGE,
                "the " + bytes.length + " bytes are neither a PNG nor a JPEG file");
    }

    private static boolean startsWith(byte[] bytes, byte[] signature) {
        for (int i = 0; i < signature.length; i++) {
            if (i >= bytes.length || bytes[i] != signature[i]) {
                return false;
            }
        }
        return true;
    }

    /** Samples as they are in the file: {@code BufferedImage.getRGB} would brighten grey and apply profiles. */
    private static RgbImage rgb(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        byte[] rgb = new byte[width * height * RgbImage.CHANNELS];
        Raster raster = image.getRaster();
        int[] shifts = shifts(raster.getSampleModel(), image.getColorModel());
        int[] row = new int[width * raster.getNumBands()];
        for (int y = 0; y < height; y++) {
            raster.getPixels(0, y, width, 1, row);
            int target = y * width * RgbImage.CHANNELS;
            if (image.getColorModel() instanceof IndexColorModel palette) {
                lookUp(row, palette, rgb, target);
            } else {
                copy(row, raster.getNumBands(), shifts, rgb, target);
            }
        }
        return new RgbImage(width, height, rgb);
    }

    /** Bits that a sample has beyond 8. */
    private static int[] shifts(SampleModel samples, ColorModel colors) {
        int[] shifts = new int[samples.getNumBands()];
        for (int band = 0; band < shifts.length; band++) {
            shifts[band] = colors instanceof IndexColorModel ? 0 : samples.getSampleSize(band) - BYTE_BITS;
            if (shifts[band] < 0) {
                throw new IllegalArgumentException("samples of " + samples.getSampleSize(band) + " bits are not read");
            }
        }
        return shifts;
    }

    private static void lookUp(int[] row, IndexColorModel palette, byte[] rgb, int target) {
        int at = target;
        for (int index : row) {
            int color = palette.getRGB(index);
            rgb[at++] = (byte) (color >> 16);
            rgb[at++] = (byte) (color >> 8);
            rgb[at++] = (byte) color;
        }
    }

    /** One or two bands are grey, with alpha behind; three or four are colours, with alpha behind. */
    private static void copy(int[] row, int bands, int[] shifts, byte[] rgb, int target) {
        int at = target;
        boolean isGrey = bands < RgbImage.CHANNELS;
        for (int pixel = 0; pixel < row.length; pixel += bands) {
            for (int channel = 0; channel < RgbImage.CHANNELS; channel++) {
                int band = isGrey ? 0 : channel;
                rgb[at++] = (byte) (row[pixel + band] >> shifts[band]);
            }
        }
    }
}
