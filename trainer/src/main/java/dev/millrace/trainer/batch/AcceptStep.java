package dev.millrace.trainer.batch;

import dev.millrace.contract.Sha256;
import dev.millrace.schemas.BatchClosedBy;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/**
 * Takes valid samples on the partition where their id belongs: drops duplicates, sends the held out ones to the holdout and
 * gathers the others in batches. Key = id in UTF-8, value = AcceptedSample. Owned by the stream thread.
 *
 * <p>Output carries the time at which it is written, not that of the sample: a broker deletes records by their timestamp,
 * and last year's samples streamed in today must not take today's training log with them.
 */
final class AcceptStep implements FormerStep {
    private final ProcessorContext<byte[], byte[]> context;
    private final FormerSpec spec;
    private final BatchBytes batches;
    private final byte[] model;
    private final MessageDigest digest = Sha256.newDigest();
    private final HoldoutSplit split;
    private final Tally tally;
    private final SeenIds seenIds;
    private final OpenBatch openBatch;
    private @Nullable Cancellable deadline;
    private long openedAt;

    AcceptStep(ProcessorContext<byte[], byte[]> context, FormerSpec spec, FormerCodecs codecs) {
        this.context = context;
        this.spec = spec;
        batches = new BatchBytes(codecs, spec.model().name());
        model = spec.model().name().getBytes(StandardCharsets.UTF_8);
        split = new HoldoutSplit(spec.ingest().holdoutFraction());
        tally = new Tally(context.getStateStore(FormerStores.TALLY));
        openBatch = new OpenBatch(context.getStateStore(FormerStores.OPEN_BATCH));
        seenIds = new SeenIds(
                new OpenChunk(context.getStateStore(FormerStores.OPEN_IDS), SeenIds.CHUNK),
                new SealedChunks(context.getStateStore(FormerStores.SEALED_IDS)),
                spec.ingest().dedupeWindow(),
                context);
        if (!openBatch.isEmpty()) {
            startWaiting();
        }
    }

    @Override
    public void accept(Record<byte[], byte[]> record) {
        IdHash id = IdHash.of(record.key(), digest);
        if (!seenIds.accept(id)) {
            tally.add(Tally.DUPLICATES, 1);
        } else if (split.isHeldOut(id)) {
            tally.add(Tally.HOLDOUT, 1);
            forward(record.key(), record.value(), FormerTopology.HOLDOUT_SINK);
        } else {
            addToBatch(record.value());
        }
    }

    private void addToBatch(byte[] sample) {
        int room = spec.batch().maxBytes() - BatchBytes.FRAME_BYTES - model.length - openBatch.bytes();
        if (!openBatch.isEmpty() && sample.length > room) {
            closeBatch(BatchClosedBy.BYTES);
        }
        if (openBatch.isEmpty()) {
            startWaiting();
        }
        openBatch.add(sample);
        if (openBatch.size() >= spec.batch().size()) {
            closeBatch(BatchClosedBy.SIZE);
        }
    }

    private void startWaiting() {
        openedAt = context.currentSystemTimeMs();
        if (deadline == null) {
            waitFor(spec.batch().maxWait());
        }
    }

    /** One deadline at a time, none for long while there is no batch: a former without input commits nothing. */
    private void waitFor(Duration time) {
        deadline = context.schedule(time, PunctuationType.WALL_CLOCK_TIME, this::endWaiting);
    }

    /** A batch that was closed early leaves its deadline to the next one, which has some of its time left then. */
    private void endWaiting(long now) {
        stopWaiting();
        if (openBatch.isEmpty()) {
            return;
        }
        long left = openedAt + spec.batch().maxWait().toMillis() - now;
        if (left > 0) {
            waitFor(Duration.ofMillis(left));
        } else {
            closeBatch(BatchClosedBy.TIME);
        }
    }

    private void closeBatch(BatchClosedBy cause) {
        List<byte[]> taken = openBatch.take();
        byte[] batch = batches.of(taken, cause, Instant.ofEpochMilli(context.currentSystemTimeMs()));
        tally.add(Tally.ACCEPTED, taken.size());
        tally.add(Tally.BATCHES, 1);
        forward(model, batch, FormerTopology.BATCHES_SINK);
    }

    /** Takes the deadline back; the open batch stays in its store. */
    @Override
    public void close() {
        stopWaiting();
    }

    private void stopWaiting() {
        if (deadline != null) {
            deadline.cancel();
            deadline = null;
        }
    }

    private void forward(byte[] key, byte[] value, String sink) {
        context.forward(new Record<>(key, value, context.currentSystemTimeMs()), sink);
    }
}
