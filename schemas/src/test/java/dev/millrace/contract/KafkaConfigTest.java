package dev.millrace.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KafkaConfigTest {
    private static final Map<String, String> PROVIDERS = Map.of(
            "config.providers",
            "env",
            "config.providers.env.class",
            "org.apache.kafka.common.config.provider.EnvVarConfigProvider");

    @Test
    void aValueThatTheClientsProviderWillReplaceIsLeftToIt() {
        assertThat(with("linger.ms", "${env:LINGER}", PROVIDERS).properties())
                .containsEntry("linger.ms", "${env:LINGER}");
        assertThat(with("linger.ms", "${env:LINGER}", PROVIDERS).unknownProperties())
                .isEmpty();
    }

    @Test
    void withProvidersTooAPlainWrongValueIsRefused() {
        assertThatThrownBy(() -> with("linger.ms", "soon", PROVIDERS))
                .isInstanceOf(KafkaConfig.WrongValueException.class)
                .hasMessageContaining("Invalid value soon for configuration linger.ms");
    }

    @Test
    void withoutProvidersAVariableIsAWrongValue() {
        assertThatThrownBy(() -> with("linger.ms", "${env:LINGER}", Map.of()))
                .isInstanceOf(KafkaConfig.WrongValueException.class)
                .hasMessageContaining("Invalid value ${env:LINGER} for configuration linger.ms");
    }

    @Test
    void namesThePropertiesThatNoClientKnows() {
        assertThat(with("my.plugin.key", "1", Map.of("acks", "all")).unknownProperties())
                .containsExactly("my.plugin.key");
    }

    private static KafkaConfig with(String name, String value, Map<String, String> further) {
        var properties = new HashMap<>(further);
        properties.put(name, value);
        return new KafkaConfig("localhost:9092", "http://localhost:8081", "", properties, Map.of());
    }
}
