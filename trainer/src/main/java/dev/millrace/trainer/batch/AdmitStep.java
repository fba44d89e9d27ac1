package dev.millrace.trainer.batch;

import dev.millrace.schemas.AcceptedSample;
import dev.millrace.schemas.DeadLetter;
import dev.millrace.trainer.ingest.Decoded;
import dev.millrace.trainer.ingest.RecordCodec;
import dev.millrace.trainer.ingest.SampleDecoder;
import dev.millrace.trainer.ingest.SourcePosition;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/**
 * Decodes the records of the samples topic. Rejected ones go to dead-letters; valid ones straight on when they are on the
 * partition where their id belongs, otherwise to the topic that brings them there. Owned by the stream thread.
 */
final class AdmitStep implements FormerStep {
    private final ProcessorContext<byte[], byte[]> context;
    private final SampleDecoder decoder;
    private final SampleBytes samples;
    private final RecordCodec<DeadLetter> letters;
    private final HomePartition home;
    private final DeadLetters deadLetters;
    private final Tally tally;

    AdmitStep(ProcessorContext<byte[], byte[]> context, FormerSpec spec, FormerCodecs codecs) {
        this.context = context;
        decoder = codecs.registry()
                .decoder(
                        spec.ingest(), spec.model().input(), () -> Instant.ofEpochMilli(context.currentSystemTimeMs()));
        samples = new SampleBytes(codecs.samples());
        letters = codecs.deadLetters();
        home = new HomePartition(spec.samplePartitions());
        deadLetters = new DeadLetters(spec.deadLetterMaxBytes());
        tally = new Tally(context.getStateStore(FormerStores.TALLY));
    }

    @Override
    public void accept(Record<byte[], byte[]> record) {
        RecordMetadata metadata = context.recordMetadata().orElseThrow();
        SourcePosition source = new SourcePosition(
                metadata.topic(), metadata.partition(), metadata.offset(), Instant.ofEpochMilli(record.timestamp()));
        Decoded decoded = decoder.decode(record.value(), source);
        decoded.match(valid -> admit(valid.sample(), record.timestamp()), rejected -> bury(record, rejected, source));
    }

    /** Nothing happens here by itself. */
    @Override
    public void close() {}

    private void admit(AcceptedSample sample, long timestamp) {
        byte[] id = sample.getId().getBytes(StandardCharsets.UTF_8);
        boolean isAtHome = home.of(id) == sample.getSourcePartition();
        // The original timestamp goes along: on the other side it moves the clock of the dedupe window. One of tomorrow
        // would be refused by the broker on the way.
        context.forward(
                new Record<>(id, samples.of(sample, id), Math.min(timestamp, context.currentSystemTimeMs())),
                isAtHome ? FormerTopology.ACCEPT : FormerTopology.HOP);
    }

    private void bury(Record<byte[], byte[]> record, Decoded.Rejected rejected, SourcePosition source) {
        DeadLetter letter = deadLetters.of(record.key(), record.value(), rejected, source);
        tally.add(Tally.deadLetters(rejected.reason()), 1);
        byte[] key = letter.getKey() == null ? null : record.key();
        context.forward(
                record.withKey(key).withValue(letters.encode(letter)).withTimestamp(context.currentSystemTimeMs()),
                FormerTopology.DEAD_LETTERS_SINK);
    }
}
