package dev.millrace.verify;

import dev.millrace.contract.StartupException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import javax.imageio.ImageIO;

/**
 * Fashion-MNIST: 28 x 28 grey pictures of clothes in ten classes (Zalando SE, MIT licence), read from its IDX files and
 * written as PNG. Stateless.
 */
final class FashionMnist {
    private static final List<String> GARMENTS = List.of(
            "T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot");
    private static final String IMAGES = "fashion-mnist-train8k-images-idx3-ubyte.gz";
    private static final String LABELS = "fashion-mnist-train8k-labels-idx1-ubyte.gz";
    private static final int IMAGES_MAGIC = 2051;
    private static final int LABELS_MAGIC = 2049;

    private FashionMnist() {}

    /** The folder of shared data: {@code shared/data} beside the project or above it; empty when there is none. */
    static Optional<Path> folder() {
        Path home = Path.of(System.getProperty("millrace.home", "."))
                .toAbsolutePath()
                .normalize();
        for (Path at = home; at != null; at = at.getParent()) {
            Path data = at.resolve("shared").resolve("data");
            if (Files.exists(data.resolve(IMAGES))) {
                return Optional.of(data);
            }
        }
        return Optional.empty();
    }

    /**
     * Writes the first images, in the file's order, which mixes the classes, and a table of them with the columns
     * {@code file} and {@code label}.
     *
     * @return the table
     * @throws StartupException when the files are not there, or hold fewer
     */
    static Path write(Path directory, int count) throws IOException {
        Path data = folder().orElseThrow(() -> new StartupException("no folder shared/data with " + IMAGES
                + " beside the project or above it; -Dmillrace.home=DIR says where to begin to look"));
        Files.createDirectories(directory);
        StringBuilder table = new StringBuilder("file\tlabel\n");
        try (DataInputStream images = open(data.resolve(IMAGES));
                DataInputStream labels = open(data.resolve(LABELS))) {
            int all = header(images, IMAGES_MAGIC);
            if (count > all) {
                throw new StartupException(data.resolve(IMAGES) + " holds " + all + " images, asked for were " + count);
            }
            int height = images.readInt();
            int width = images.readInt();
            header(labels, LABELS_MAGIC);
            for (int i = 0; i < count; i++) {
                String name = "fashion-" + i + ".png";
                Files.write(directory.resolve(name), png(images.readNBytes(height * width), width, height));
                table.append(name)
                        .append('\t')
                        .append(GARMENTS.get(labels.readUnsignedByte()))
                        .append('\n');
            }
        }
        return Files.writeString(directory.resolve("images.tsv"), table);
    }

    private static DataInputStream open(Path file) throws IOException {
        return new DataInputStream(new GZIPInputStream(Files.newInputStream(file), 1 << 16));
    }

    private static int header(DataInputStream in, int magic) throws IOException {
        int seen = in.readInt();
        if (seen != magic) {
            throw new IOException("no IDX file: begins with " + seen + ", must begin with " + magic);
        }
        return in.readInt();
    }

    private static byte[] png(byte[] grey, int width, int height) throws IOException {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
        image.getRaster().setDataElements(0, 0, width, height, grey);
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(image, "png", png);
        return png.toByteArray();
    }
}
