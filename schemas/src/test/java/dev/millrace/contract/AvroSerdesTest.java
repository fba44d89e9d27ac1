package dev.millrace.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.schemas.AcceptedSample;
import dev.millrace.schemas.LabelledSample;
import dev.millrace.schemas.PromotedBy;
import dev.millrace.schemas.Promotion;
import io.confluent.kafka.schemaregistry.testutil.MockSchemaRegistry;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AvroSerdesTest {
    private static final String SCOPE = "avro-serdes-test";
    private static final Promotion PROMOTION =
            new Promotion("minilm", 12L, 7L, PromotedBy.GATE, false, "kNN", Instant.ofEpochMilli(1_700_000_000_123L));

    private final AvroSerdes serdes = new AvroSerdes("mock://" + SCOPE);

    @AfterEach
    void forgetSchemas() {
        MockSchemaRegistry.dropScope(SCOPE);
    }

    @Test
    void writesConfluentFormatAndReadsItBack() {
        try (Serde<Promotion> serde = serdes.serde(Promotion.class)) {
            byte[] bytes = serde.serializer().serialize("promotions", PROMOTION);

            assertThat(bytes[0]).isZero();
            assertThat(ByteBuffer.wrap(bytes, 1, 4).getInt()).isPositive();
            assertThat(serde.deserializer().deserialize("promotions", bytes)).isEqualTo(PROMOTION);
        }
    }

    @Test
    void registersUnderTopicNameAndKeepsTombstones() throws Exception {
        try (Serde<Promotion> serde = serdes.serde(Promotion.class)) {
            serde.serializer().serialize("millrace.promotions", PROMOTION);

            assertThat(MockSchemaRegistry.getClientForScope(SCOPE).getAllSubjects())
                    .containsExactly(AvroSerdes.subject("millrace.promotions"));
            assertThat(serde.serializer().serialize("millrace.promotions", null))
                    .isNull();
            assertThat(serde.deserializer().deserialize("millrace.promotions", null))
                    .isNull();
        }
    }

    @Test
    void refusesBytesThatAreNoSuchRecord() {
        try (Serializer<Promotion> writer = serdes.serializer();
                Deserializer<LabelledSample> reader = serdes.deserializer(LabelledSample.class)) {
            byte[] other = writer.serialize("samples", PROMOTION);
            byte[] cut = Arrays.copyOf(other, 9);

            assertThatThrownBy(() -> reader.deserialize("samples", other)).isInstanceOf(SerializationException.class);
            assertThatThrownBy(() -> reader.deserialize("samples", cut)).isInstanceOf(SerializationException.class);
            assertThatThrownBy(() -> reader.deserialize("samples", new byte[] {7, 1}))
                    .isInstanceOf(SerializationException.class);
            assertThatThrownBy(() -> reader.deserialize("samples", new byte[] {0, 0, 0, 99, 1, 2}))
                    .isInstanceOf(SerializationException.class);
        }
    }

    @Test
    void convertsFromAnotherRecordOnlyWhenFieldsResolve() {
        var sample = new LabelledSample("a", Instant.EPOCH, "noun.river", "a stream", null, null, Map.of());
        try (Serializer<LabelledSample> writer = serdes.serializer();
                Deserializer<AcceptedSample> reader = serdes.deserializer(AcceptedSample.class)) {
            byte[] bytes = writer.serialize("holdout", sample);

            assertThatThrownBy(() -> reader.deserialize("holdout", bytes)).isInstanceOf(SerializationException.class);
        }
    }

    @Test
    void closingOneSerialiserLeavesOthersWorking() {
        try (Serializer<Promotion> second = serdes.serializer()) {
            try (Serializer<Promotion> first = serdes.serializer()) {
                first.serialize("promotions", PROMOTION);
            }

            assertThat(second.serialize("promotions", PROMOTION)).isNotEmpty();
        }
    }

    @Test
    void passesRegistryPropertiesOn() {
        var config = new KafkaConfig(
                "localhost:9092", "mock://" + SCOPE, "", Map.of(), Map.of("auto.register.schemas", "false"));
        try (Serializer<Promotion> writer = new AvroSerdes(config).serializer()) {
            assertThatThrownBy(() -> writer.serialize("promotions", PROMOTION))
                    .isInstanceOf(SerializationException.class)
                    .hasMessageContaining("Error retrieving Avro schema");
        }
    }
}
