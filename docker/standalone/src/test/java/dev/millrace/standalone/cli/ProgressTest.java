package dev.millrace.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.standalone.cli.LiveLine.Screen;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ProgressTest {
    private final StringWriter written = new StringWriter();
    private Instant now = Instant.EPOCH;

    @Test
    void drawsOverTheLineOnATerminalAndCutsItToTheWidth() {
        LiveLine live = live(new Screen(true, 20));

        live.show("one");
        live.show("a line longer than the terminal is wide");
        live.say("stays");

        assertThat(written.toString())
                .isEqualTo("\r\u001B[Kone\r\u001B[Ka line longer than \r\u001B[Kstays" + System.lineSeparator());
    }

    @Test
    void writesAPlainLineNowAndThenWithoutATerminal() {
        LiveLine live = live(new Screen(false, 80));

        for (int second = 1; second <= 12; second++) {
            now = Instant.EPOCH.plusSeconds(second);
            live.show("after " + second);
        }
        live.end();

        assertThat(written.toString().lines()).containsExactly("after 5", "after 10");
    }

    @Test
    void showsHowFarItIsAndHowLongItTakes() {
        var bar = new ProgressBar(live(new Screen(false, 80)), OptionalLong.of(400));

        assertThat(bar.line(100, TimeUnit.SECONDS.toNanos(2)))
                .isEqualTo("[######..................]  25 %  100 of 400 samples, 50/s, 6 s left");
    }

    @Test
    void saysWhenTheBrokerDoesNotAnswer() {
        var bar = new ProgressBar(live(new Screen(false, 80)), OptionalLong.empty());

        assertThat(bar.line(100, TimeUnit.SECONDS.toNanos(1))).isEqualTo("100 samples, 100/s");
        assertThat(bar.line(100, TimeUnit.SECONDS.toNanos(5))).endsWith("waiting for the broker (4 s)");
    }

    private LiveLine live(Screen screen) {
        return new LiveLine(new PrintWriter(written), screen, () -> now);
    }
}
