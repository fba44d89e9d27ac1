package dev.millrace.inference.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.awt.Color;
import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageDecoderTest {
    @Test
    void greyIsRepeatedAsItIs() throws Exception {
        RgbImage image = ImageDecoder.decode(Images.grey(new int[] {0, 1, 128}, new int[] {254, 255, 7}));

        assertThat(image.width()).isEqualTo(3);
        assertThat(unsigned(image))
                .containsExactly(0, 0, 0, 1, 1, 1, 128, 128, 128, 254, 254, 254, 255, 255, 255, 7, 7, 7);
    }

    @Test
    void alphaIsLeftAside() throws Exception {
        BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_INT_ARGB);
        image.setRGB(0, 0, 0x00_10_20_30);
        image.setRGB(1, 0, 0x80_40_50_60);

        assertThat(unsigned(ImageDecoder.decode(Images.file(image, "png"))))
                .containsExactly(0x10, 0x20, 0x30, 0x40, 0x50, 0x60);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8})
    void palettesAreLookedUp(int bits) throws Exception {
        byte[] levels = {10, 20};
        IndexColorModel palette = new IndexColorModel(bits, 2, levels, new byte[] {30, 40}, new byte[] {50, 60});
        int type = bits == 8 ? BufferedImage.TYPE_BYTE_INDEXED : BufferedImage.TYPE_BYTE_BINARY;
        BufferedImage image = new BufferedImage(2, 1, type, palette);
        image.getRaster().setSample(1, 0, 0, 1);

        assertThat(unsigned(ImageDecoder.decode(Images.file(image, "png")))).containsExactly(10, 30, 50, 20, 40, 60);
    }

    @Test
    void ofSixteenBitsTheUpperEightCount() throws Exception {
        ComponentColorModel colors = new ComponentColorModel(
                ColorSpace.getInstance(ColorSpace.CS_sRGB), false, false, Transparency.OPAQUE, DataBuffer.TYPE_USHORT);
        var raster = colors.createCompatibleWritableRaster(1, 1);
        raster.setPixel(0, 0, new int[] {0x12ff, 0x8000, 0xffff});

        assertThat(unsigned(ImageDecoder.decode(Images.file(new BufferedImage(colors, raster, false, null), "png"))))
                .containsExactly(0x12, 0x80, 0xff);
    }

    @Test
    void jpegsAreReadToo() throws Exception {
        RgbImage image = ImageDecoder.decode(Images.filled(16, 8, new Color(200, 100, 50).getRGB(), "jpeg"));

        assertThat(image.height()).isEqualTo(8);
        int[] pixel = Arrays.copyOf(unsigned(image), 3);
        assertThat(pixel[0]).isBetween(196, 204); // what JPEG loses
        assertThat(pixel[1]).isBetween(96, 104);
        assertThat(pixel[2]).isBetween(46, 54);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "G", "GIF89a", "<svg/>", "\u0089PNG", "BM", "%PDF-1.7"})
    void otherFilesAreNoImages(String start) {
        byte[] bytes = start.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);

        assertThat(refused(bytes).reason()).isEqualTo(UnusableInputException.Cause.NOT_AN_IMAGE);
    }

    /** A few bytes that claim 50,000 x 50,000 pixels: 10 GB if anybody believed them. */
    @Test
    void anImageBombIsRefusedByItsHeader() throws Exception {
        UnusableInputException refused = refused(Images.bomb(50_000));

        assertThat(refused.reason()).isEqualTo(UnusableInputException.Cause.TOO_MANY_PIXELS);
        assertThat(refused).hasMessageContaining("50000 x 50000").hasMessageContaining("16777216");
    }

    @ParameterizedTest
    @ValueSource(strings = {"png", "jpeg"})
    void everyDamageIsARefusalOrAnImage(String format) throws Exception {
        byte[] whole = Images.filled(9, 7, 0x123456, format);
        Random random = new Random(7);
        for (int i = 0; i < 600; i++) {
            byte[] damaged = Arrays.copyOf(whole, 3 + random.nextInt(whole.length - 2));
            for (int flips = random.nextInt(3); flips > 0; flips--) {
                damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
            }
            try {
                assertThat(ImageDecoder.decode(damaged).rgb()).isNotEmpty();
            } catch (UnusableInputException e) {
                assertThat(e.getMessage()).isNotBlank();
            }
        }
    }

    @Test
    void aFileCutShortIsBroken() throws Exception {
        byte[] whole = Images.filled(64, 64, 0xabcdef, "png");

        UnusableInputException refused = refused(Arrays.copyOf(whole, whole.length / 2));

        assertThat(refused.reason()).isEqualTo(UnusableInputException.Cause.BROKEN_IMAGE);
    }

    @Test
    void cropsTheMiddleAndFillsUpWithBlack() {
        RgbImage image = new RgbImage(3, 2, new byte[] {1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6, 6});

        assertThat(unsigned(image.centerCrop(1, 1))).containsExactly(2, 2, 2);
        assertThat(firstOfEach(image.centerCrop(2, 2))).containsExactly(1, 2, 4, 5);
        assertThat(firstOfEach(image.centerCrop(5, 2))).containsExactly(0, 1, 2, 3, 0, 0, 4, 5, 6, 0);
        assertThat(firstOfEach(image.centerCrop(1, 3))).containsExactly(0, 2, 5);
    }

    private static UnusableInputException refused(byte[] bytes) {
        UnusableInputException refused =
                catchThrowableOfType(UnusableInputException.class, () -> ImageDecoder.decode(bytes));
        assertThat(refused).isNotNull();
        return refused;
    }

    private static int[] firstOfEach(RgbImage image) {
        int[] all = unsigned(image);
        int[] first = new int[all.length / RgbImage.CHANNELS];
        Arrays.setAll(first, i -> all[i * RgbImage.CHANNELS]);
        return first;
    }

    private static int[] unsigned(RgbImage image) {
        int[] values = new int[image.rgb().length];
        Arrays.setAll(values, i -> image.rgb()[i] & 0xff);
        return values;
    }
}
