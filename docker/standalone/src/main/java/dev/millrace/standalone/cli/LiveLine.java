package dev.millrace.standalone.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * One line about work in progress: drawn over itself on a terminal, a plain line now and then otherwise. Thread-safe;
 * nothing to close, but {@link #end} gives the cursor back.
 */
public final class LiveLine {
    private static final Duration BETWEEN_PLAIN_LINES = Duration.ofSeconds(5);
    private static final String TO_START_AND_CLEAR = "\r\u001B[K";
    private static final int NARROWEST_TERMINAL = 20;

    private final PrintWriter out;
    private final Screen screen;
    private final InstantSource clock;
    private Instant plainLineDue;
    private boolean drawn;

    /**
     * Where the line is shown.
     *
     * @param isTerminal whether the line may be drawn over
     * @param columns width of the terminal, at least 20; longer lines are cut
     */
    public record Screen(boolean isTerminal, int columns) {
        private static final int USUAL_COLUMNS = 80;

        public Screen {
            columns = Math.max(columns, NARROWEST_TERMINAL);
        }

        /** Standard error as the launcher saw it: {@code millrace.columns} is its width, absent where it is no terminal. */
        static Screen ofStandardError() {
            Integer columns = Integer.getInteger("millrace.columns");
            return columns == null
                    ? new Screen(false, USUAL_COLUMNS)
                    : new Screen(true, columns < NARROWEST_TERMINAL ? USUAL_COLUMNS : columns);
        }
    }

    public LiveLine(PrintWriter out, Screen screen, InstantSource clock) {
        this.out = out;
        this.screen = screen;
        this.clock = clock;
        this.plainLineDue = clock.instant().plus(BETWEEN_PLAIN_LINES);
    }

    /** Shows the state of the work; call it as often as there is something new. */
    public synchronized void show(String line) {
        if (screen.isTerminal()) {
            out.print(TO_START_AND_CLEAR + line.substring(0, Math.min(line.length(), screen.columns() - 1)));
            out.flush();
            drawn = true;
        } else if (!clock.instant().isBefore(plainLineDue)) {
            out.println(line);
            out.flush();
            plainLineDue = clock.instant().plus(BETWEEN_PLAIN_LINES);
        }
    }

    /** Writes a line that stays, above the live one. */
    public synchronized void say(String line) {
        end();
        out.println(line);
        out.flush();
    }

    /** Takes the live line away, so that ordinary output may follow. */
    public synchronized void end() {
        if (drawn) {
            out.print(TO_START_AND_CLEAR);
            out.flush();
            drawn = false;
        }
    }
}
