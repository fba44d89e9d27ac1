package dev.millrace.trainer.batch;

import java.util.Objects;
import java.util.function.Function;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/**
 * A processor whose step is built anew by each {@code init}. Kafka Streams uses one processor object again when a task was
 * rolled back; nothing that the step remembers may survive that, except through its state stores. What the step scheduled
 * would: Streams keeps it over a roll-back, so the step is closed. Owned by the stream thread.
 */
final class FreshProcessor implements Processor<byte[], byte[], byte[], byte[]> {
    private final Function<ProcessorContext<byte[], byte[]>, FormerStep> factory;
    private @Nullable FormerStep step;

    /** The factory builds the step, from the stores of the context it is given. */
    FreshProcessor(Function<ProcessorContext<byte[], byte[]>, FormerStep> factory) {
        this.factory = factory;
    }

    @Override
    public void init(ProcessorContext<byte[], byte[]> context) {
        close();
        step = factory.apply(context);
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        Objects.requireNonNull(step, "init comes first").accept(record);
    }

    @Override
    public void close() {
        if (step != null) {
            step.close();
            step = null;
        }
    }
}
