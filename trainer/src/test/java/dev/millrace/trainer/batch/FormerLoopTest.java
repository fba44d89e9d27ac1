package dev.millrace.trainer.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.trainer.ingest.Samples;
import java.util.AbstractMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.streams.Topology;
import org.junit.jupiter.api.Test;

final class FormerLoopTest {
    /** Settings that fail in a way which no retry mends. */
    private static final Map<String, Object> BROKEN = new AbstractMap<>() {
        @Override
        public Set<Entry<String, Object>> entrySet() {
            throw new IllegalStateException("broken settings");
        }
    };

    @Test
    void saysSoWhenItsWatchThreadDies() {
        TopicCheck check = new TopicCheck(Samples.kafka("mock://loop").topics(), 0);
        try (FormerLoop loop = FormerLoop.start("former", BROKEN, check, topics -> new Topology())) {
            await().until(() -> loop.health().state() == FormerHealth.State.FAILED);

            assertThat(loop.health().isReady()).isFalse();
            assertThat(loop.health().cause())
                    .contains("nobody watches the topics")
                    .contains("broken settings");
        }
    }
}
