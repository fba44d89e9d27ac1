package dev.millrace.verify;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.scenario.HttpProbe;
import dev.millrace.scenario.Installation;
import dev.millrace.scenario.SampleFeed;
import dev.millrace.scenario.SteadyFeed;
import dev.millrace.scenario.TopicAudit;
import dev.millrace.scenario.TrainerProbe;
import dev.millrace.scenario.Waiting;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Lets samples stream through an outage, and looks at readiness and at what became of them. Owned by one thread. */
final class OutageWatch {
    private static final int SAMPLES_PER_SECOND = 30;
    private static final Duration RED_LIMIT = Duration.ofSeconds(60);
    private static final Duration GREEN_LIMIT = Duration.ofMinutes(2);
    private static final Duration BEFORE = Duration.ofSeconds(2);
    private static final Duration SETTLE_LIMIT = Duration.ofSeconds(20);
    private static final long BETWEEN_LOOKS_MILLIS = 100;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Installation site;
    private final SampleFeed feed;
    private final TrainerProbe trainer;
    private final Duration away;
    private final List<OutageReport> reports = new ArrayList<>();
    private long lostBefore;

    /** @param away how long an outage lasts after it was noticed */
    OutageWatch(Installation site, SampleFeed feed, String trainer, Duration away) {
        this.site = site;
        this.feed = feed;
        this.trainer = site.trainer(trainer);
        this.away = away;
    }

    List<OutageReport> reports() {
        return reports;
    }

    /** The trainer is ready before the outage begins, and must be so again after it. */
    void observe(Outage outage) throws Exception {
        Waiting.require("readiness before " + outage.name(), GREEN_LIMIT, trainer::isReady);
        try (SteadyFeed steady = SteadyFeed.start(feed, SAMPLES_PER_SECOND)) {
            TimeUnit.MILLISECONDS.sleep(BEFORE.toMillis());
            outage.begin();
            String red = red(outage);
            outage.end();
            boolean isGreen = Waiting.until(GREEN_LIMIT, trainer::isReady);
            TimeUnit.MILLISECONDS.sleep(BEFORE.toMillis());
            steady.stop();
            report(outage, red, isGreen);
        }
    }

    /** What the trainer says while the outage lasts: the expected cause, if it ever comes. */
    private String red(Outage outage) throws InterruptedException {
        boolean isExpected = !outage.cause().isEmpty();
        String[] seen = {""};
        if (isExpected) {
            Waiting.until(RED_LIMIT, () -> {
                seen[0] = cause(outage.cause());
                return !seen[0].isEmpty();
            });
        }
        long deadline = System.nanoTime() + away.toNanos();
        while (System.nanoTime() < deadline) {
            seen[0] = seen[0].isEmpty() && !isExpected ? cause("") : seen[0];
            TimeUnit.MILLISECONDS.sleep(BETWEEN_LOOKS_MILLIS);
        }
        return seen[0];
    }

    /** The first cause of {@code /readyz} with that in it; empty when there is none, or nobody answers. */
    private String cause(String part) throws InterruptedException {
        HttpProbe.Reply readiness = trainer.readiness();
        if (readiness.isOk() || readiness.status() == HttpProbe.NO_ANSWER) {
            return "";
        }
        try {
            for (JsonNode cause : JSON.readTree(readiness.body()).path("causes")) {
                if (cause.asText().contains(part)) {
                    return cause.asText();
                }
            }
            return "";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("not JSON from /readyz: " + readiness.body(), e);
        }
    }

    private void report(Outage outage, String red, boolean isGreen) throws InterruptedException {
        boolean isDrained = trainer.awaitDrained(GREEN_LIMIT);
        TopicAudit audit = TopicAudit.settled(site.kafka(), feed.account(), trainer::duplicates, SETTLE_LIMIT);
        audit.findings().forEach(finding -> CrashScenario.say("%s", finding));
        if (!isGreen || !isDrained) {
            CrashScenario.say("%s: green %s, drained %s, %s", outage.name(), isGreen, isDrained, trainer.described());
        }
        reports.add(new OutageReport(
                outage.name(),
                !outage.cause().isEmpty(),
                red,
                isGreen && isDrained && audit.doubled() == 0,
                audit.lost() - lostBefore));
        lostBefore = audit.lost();
        CrashScenario.say("%s", reports.get(reports.size() - 1));
    }
}
