package dev.millrace.trainer.batch;

import org.apache.kafka.streams.processor.api.Record;

/** What one processor of the topology does, from one {@code init} to the next. Owned by the stream thread. */
interface FormerStep extends AutoCloseable {
    void accept(Record<byte[], byte[]> record);

    /** Ends what would still happen by itself; nothing is written. */
    @Override
    void close();
}
