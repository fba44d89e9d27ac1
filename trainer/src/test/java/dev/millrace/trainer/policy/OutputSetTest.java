package dev.millrace.trainer.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class OutputSetTest {

    @Test
    void growsWithoutMovingAnyIndex() {
        OutputSet before = OutputSet.open(List.of("b", "a"), 4);
        OutputSet after = before.with("c").with("a");

        assertThat(after.labels()).containsExactly("b", "a", "c");
        assertThat(after.indexOf("a")).isEqualTo(OptionalInt.of(1));
        assertThat(after.indexOf("c")).isEqualTo(OptionalInt.of(2));
        assertThat(before.labels()).containsExactly("b", "a");
        assertThat(before.indexOf("c")).isEmpty();
        assertThat(after.with("b")).isSameAs(after);
    }

    @Test
    void fullSetRefusesNewLabelsOnly() {
        OutputSet full = OutputSet.open(List.of("a"), 2).with("b");

        assertThat(full.accepts("a")).isTrue();
        assertThat(full.accepts("c")).isFalse();
        assertThatThrownBy(() -> full.with("c"))
                .hasMessageContaining("\"c\" does not fit")
                .hasMessageContaining("full");
    }

    @Test
    void doubledLabelsAndTooManyAreRefused() {
        assertThatThrownBy(() -> OutputSet.open(List.of("a", "b", "a"), 9))
                .hasMessageContaining("\"a\" is there twice");
        assertThatThrownBy(() -> OutputSet.open(List.of("a", "b"), 1)).hasMessageContaining("maxClasses = 1");
        assertThatThrownBy(() -> OutputSet.open(List.of(), 0)).hasMessageContaining("was 0");
    }
}
