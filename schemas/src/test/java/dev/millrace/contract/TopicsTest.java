package dev.millrace.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TopicsTest {
    /** Names of topics, and by them of subjects, are part of the contract with the outside. */
    @Test
    void namesAreThoseOfTheFirstRelease() {
        var topics = new Topics("millrace.");

        assertThat(AvroSerdes.subject(topics.samples())).isEqualTo("millrace.samples-value");
        assertThat(topics.batches()).isEqualTo("millrace.batches");
        assertThat(topics.holdout()).isEqualTo("millrace.holdout");
        assertThat(topics.deadLetters()).isEqualTo("millrace.dead-letters");
        assertThat(topics.snapshots()).isEqualTo("millrace.snapshots");
        assertThat(topics.promotions()).isEqualTo("millrace.promotions");
        assertThat(topics.evaluations()).isEqualTo("millrace.evaluations");
        assertThat(topics.servingStatus()).isEqualTo("millrace.serving-status");
    }

    @Test
    void refusesPrefixThatKafkaWouldRefuse() {
        assertThatThrownBy(() -> new Topics("a/b"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("was \"a/b\"");
    }
}
