package dev.millrace.inference.encoder;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;

/** Image files for tests. */
public final class Images {
    private Images() {}

    /** A grey image, row by row. */
    public static byte[] grey(int[]... rows) throws IOException {
        BufferedImage image = new BufferedImage(rows[0].length, rows.length, BufferedImage.TYPE_BYTE_GRAY);
        for (int y = 0; y < rows.length; y++) {
            image.getRaster().setPixels(0, y, rows[y].length, 1, rows[y]);
        }
        return file(image, "png");
    }

    /** An image of one colour. */
    public static byte[] filled(int width, int height, int rgb, String format) throws IOException {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                image.setRGB(x, y, rgb);
            }
        }
        return file(image, format);
    }

    /** A few bytes of PNG whose header claims a square of so many pixels. */
    public static byte[] bomb(int side) throws IOException {
        byte[] bomb = filled(4, 4, 0, "png");
        ByteBuffer.wrap(bomb).putInt(16, side).putInt(20, side);
        CRC32 sum = new CRC32();
        sum.update(bomb, 12, 17);
        ByteBuffer.wrap(bomb).putInt(29, (int) sum.getValue());
        return bomb;
    }

    static byte[] file(BufferedImage image, String format) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        if (!ImageIO.write(image, format, bytes)) {
            throw new IOException("this JDK writes no " + format + " of that kind");
        }
        return bytes.toByteArray();
    }
}
