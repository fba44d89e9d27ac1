package dev.millrace.standalone.quickstart;

import dev.millrace.schemas.LabelledSample;
import dev.millrace.standalone.produce.SampleSender;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Sends glosses, never more than a few hundred ahead of the learner: so the stream looks like a live one, and what is
 * measured is the loop and not a queue. Owned by one thread; the caller closes the sender.
 */
final class GlossStream {
    /** Samples that may be on their way; sixteen batches. */
    static final int MAX_AHEAD = 256;

    private static final long BETWEEN_LOOKS_MILLIS = 20;

    private final SampleSender sender;
    private final LongSupplier learnt;
    private final InstantSource clock;
    private long sent;

    /**
     * @param alreadySent samples that are in the topic before the first call
     * @param learnt samples that are trained, held out or refused so far
     */
    GlossStream(SampleSender sender, long alreadySent, LongSupplier learnt, InstantSource clock) {
        this.sender = sender;
        this.sent = alreadySent;
        this.learnt = learnt;
        this.clock = clock;
    }

    /** Sends the glosses that are not in the topic yet; returns when the last is stored. */
    void send(List<Gloss> glosses, Set<String> inTopic) throws InterruptedException {
        for (Gloss gloss : glosses) {
            if (!inTopic.contains(gloss.id())) {
                awaitRoom();
                sender.send(sample(gloss));
                sent++;
            }
        }
        sender.flush();
    }

    private void awaitRoom() throws InterruptedException {
        while (sent - learnt.getAsLong() >= MAX_AHEAD) {
            TimeUnit.MILLISECONDS.sleep(BETWEEN_LOOKS_MILLIS);
        }
    }

    private LabelledSample sample(Gloss gloss) {
        return LabelledSample.newBuilder()
                .setId(gloss.id())
                .setEventTime(clock.instant())
                .setLabel(gloss.label())
                .setText(gloss.text())
                .build();
    }
}
