package dev.millrace.standalone.cli;

import dev.millrace.contract.KafkaConfig;
import dev.millrace.standalone.topics.Reachability;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Broker and registry as a command uses them: waits for both, and says what it waits for. Owned by one thread. */
final class Platform {
    private final Reachability reachability;
    private final Duration limit;

    Platform(KafkaConfig kafka, Duration limit, LiveLine live) {
        this.reachability = new Reachability(kafka, live::say);
        this.limit = limit;
    }

    /**
     * The answer to a question about what is in the topics.
     *
     * @param question only reads: it is asked again until the registry answers
     * @throws FailedException when broker or registry did not come within the limit
     */
    <T> T ask(Supplier<T> question) throws InterruptedException {
        List<T> answers = new ArrayList<>();
        require(reachability.awaitBroker(limit));
        require(reachability.awaitRegistry(() -> answers.add(question.get()), limit));
        return answers.get(0);
    }

    /** Waits for a topic, then for the answer to a call; throws as {@link #ask} does. */
    void await(String topic, Reachability.RegistryCall call) throws InterruptedException {
        require(reachability.awaitTopic(topic, limit));
        require(reachability.awaitRegistry(call, limit));
    }

    private void require(Optional<String> missing) {
        missing.ifPresent(what -> {
            throw new FailedException("gave up after " + limit.toSeconds() + " s of waiting for " + what);
        });
    }
}
