package dev.millrace.trainer.onnx;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A glob over node paths and initializer names. Names are text, not paths of this machine's file system, whose rules change
 * with its locale; so the glob is read here. Immutable.
 *
 * <p>{@code *} within one part of a path, {@code **} over parts, {@code ?} one character of a part, {@code [3-5]} and
 * {@code [!3-5]}, {@code {query,key}} without nesting; a backslash takes the meaning of the next character away.
 */
final class NameGlob {
    private static final String ANY_IN_PART = "[^/]";

    private final String glob;
    private final StringBuilder regex = new StringBuilder();
    private final Pattern pattern;
    private int at;
    private boolean inGroup;

    /** @throws PatternSyntaxException when the glob is malformed */
    NameGlob(String glob) {
        this.glob = glob;
        while (at < glob.length()) {
            translate(glob.charAt(at++));
        }
        if (inGroup) {
            throw malformed("missing '}'");
        }
        this.pattern = Pattern.compile(regex.toString(), Pattern.DOTALL);
    }

    boolean matches(String name) {
        return pattern.matcher(name).matches();
    }

    private void translate(char next) {
        switch (next) {
            case '*' -> regex.append(skip('*') ? ".*" : ANY_IN_PART + "*");
            case '?' -> regex.append(ANY_IN_PART);
            case '[' -> choice();
            case '{' -> group();
            case '\\' -> {
                if (at == glob.length()) {
                    throw malformed("no character behind the last backslash");
                }
                literal(glob.charAt(at++));
            }
            default -> {
                if (inGroup && next == ',') {
                    regex.append('|');
                } else if (inGroup && next == '}') {
                    regex.append(')');
                    inGroup = false;
                } else {
                    literal(next);
                }
            }
        }
    }

    private void group() {
        if (inGroup) {
            throw malformed("'{' within '{'");
        }
        regex.append("(?:");
        inGroup = true;
    }

    private void choice() {
        int end = glob.indexOf(']', at + 1);
        if (end < 0) {
            throw malformed("missing ']'");
        }
        regex.append('[').append(ANY_IN_PART).append("&&[").append(skip('!') ? "^" : "");
        while (at < end) {
            char next = glob.charAt(at++);
            if (next == '-') {
                regex.append(next);
            } else {
                literal(next);
            }
        }
        at++;
        regex.append("]]");
    }

    private boolean skip(char expected) {
        boolean isNext = at < glob.length() && glob.charAt(at) == expected;
        at += isNext ? 1 : 0;
        return isNext;
    }

    private void literal(char next) {
        boolean mayMeanSomething = next < 128 && !Character.isLetterOrDigit(next);
        regex.append(mayMeanSomething ? "\\" : "").append(next);
    }

    private PatternSyntaxException malformed(String what) {
        return new PatternSyntaxException(what, glob, -1);
    }
}
