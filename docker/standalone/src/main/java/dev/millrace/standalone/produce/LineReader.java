package dev.millrace.standalone.produce;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Lines of a UTF-8 file with their numbers. Line ends are LF or CRLF; a byte-order mark at the start is left out. Owned
 * by one thread; the caller closes the stream.
 */
final class LineReader {
    /** Longer lines are refused, so that a file of another kind cannot fill the memory. */
    static final int MAX_LINE_BYTES = 8 << 20;

    private static final char BYTE_ORDER_MARK = '\uFEFF';

    private final InputStream input;
    private long number;

    LineReader(InputStream input) {
        this.input = new BufferedInputStream(input, 1 << 16);
    }

    /**
     * One line.
     *
     * @param number counted from 1
     * @param text without its line end; empty when there is a problem
     * @param problem why the line cannot be read; empty when it can
     */
    record Line(long number, String text, String problem) {
        boolean isReadable() {
            return problem.isEmpty();
        }
    }

    Optional<Line> next() throws IOException {
        var line = new ByteArrayOutputStream(256);
        long length = 0;
        int value = input.read();
        if (value < 0) {
            return Optional.empty();
        }
        while (value >= 0 && value != '\n') {
            length++;
            if (length <= MAX_LINE_BYTES) {
                line.write(value);
            }
            value = input.read();
        }
        number++;
        return Optional.of(length > MAX_LINE_BYTES ? broken("longer than " + MAX_LINE_BYTES + " bytes") : decode(line));
    }

    private Line decode(ByteArrayOutputStream line) {
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(line.toByteArray()))
                    .toString();
        } catch (CharacterCodingException e) {
            return broken("not UTF-8; save the file as UTF-8");
        }
        int start = number == 1 && !text.isEmpty() && text.charAt(0) == BYTE_ORDER_MARK ? 1 : 0;
        int end = text.endsWith("\r") ? text.length() - 1 : text.length();
        return new Line(number, text.substring(Math.min(start, end), end), "");
    }

    private Line broken(String problem) {
        return new Line(number, "", problem);
    }
}
