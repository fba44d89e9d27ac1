package dev.millrace.trainer;

import dev.millrace.contract.StartupException;
import dev.millrace.contract.TopicProvisioner;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the topics in the background, waiting for brokers that are away. Thread-safe; closed by the trainer. */
final class TopicSetup implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(TopicSetup.class);

    private final Thread worker;
    private volatile @Nullable String trouble = "the topics have not been checked yet";

    TopicSetup(TrainerConfig config) {
        this.worker = new Thread(() -> run(config), "millrace-topics");
        worker.setDaemon(true);
        worker.start();
    }

    private void run(TrainerConfig config) {
        try {
            new TopicProvisioner(config.kafka())
                    .provisionTraining(config.samplePartitions(), config.batch().partition() + 1);
            trouble = null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // close() ends the wait
        } catch (StartupException e) {
            trouble = e.getMessage();
            log.error("Topics cannot be made: {}", e.getMessage());
        }
    }

    /** What is in the way; empty once all topics are there. */
    Optional<String> trouble() {
        return Optional.ofNullable(trouble);
    }

    @Override
    public void close() {
        worker.interrupt();
        try {
            worker.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
