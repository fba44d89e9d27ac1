package dev.millrace.standalone.deadletters;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Bytes for people to read. Stateless. */
public final class Bytes {
    private static final int A_LINE = 16;
    private static final int FIRST_PRINTABLE = ' ';
    private static final int LAST_PRINTABLE = '~';
    private static final HexFormat SPACED = HexFormat.ofDelimiter(" ");

    private Bytes() {}

    /** The bytes as UTF-8 text; empty when there are none, or they are no such text or hold control characters. */
    public static Optional<String> text(@Nullable ByteBuffer bytes) {
        if (bytes == null) {
            return Optional.empty();
        }
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(bytes.duplicate())
                    .toString();
            return Optional.of(text).filter(each -> each.chars().noneMatch(Character::isISOControl));
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    /** The text, or the bytes in hexadecimal where they are none; empty when there are no bytes at all. */
    public static String textOrHex(@Nullable ByteBuffer bytes) {
        return bytes == null
                ? ""
                : text(bytes).orElseGet(() -> "0x" + HexFormat.of().formatHex(array(bytes)));
    }

    /**
     * Offset, sixteen bytes in hexadecimal and the same as ASCII, a line each.
     *
     * @param most so many bytes at most; what is left out is counted on a last line
     */
    public static String dump(ByteBuffer bytes, int most) {
        byte[] all = array(bytes);
        int shown = Math.min(most, all.length);
        StringBuilder lines = new StringBuilder();
        for (int from = 0; from < shown; from += A_LINE) {
            int to = Math.min(from + A_LINE, shown);
            lines.append(
                    "%06x  %-47s  %s%n".formatted(from, SPACED.formatHex(all, from, to), printable(all, from, to)));
        }
        if (shown < all.length) {
            lines.append("... %,d more bytes%n".formatted(all.length - shown));
        }
        return lines.toString();
    }

    private static String printable(byte[] bytes, int from, int to) {
        StringBuilder text = new StringBuilder();
        for (int i = from; i < to; i++) {
            text.append(bytes[i] >= FIRST_PRINTABLE && bytes[i] <= LAST_PRINTABLE ? (char) bytes[i] : '.');
        }
        return text.toString();
    }

    static byte[] array(ByteBuffer bytes) {
        byte[] array = new byte[bytes.remaining()];
        bytes.duplicate().get(array);
        return array;
    }
}
