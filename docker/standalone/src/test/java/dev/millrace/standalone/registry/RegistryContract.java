package dev.millrace.standalone.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contract.AvroSerdes;
import dev.millrace.schemas.PromotedBy;
import dev.millrace.schemas.Promotion;
import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.CachedSchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import java.time.Instant;
import java.util.UUID;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;
import org.junit.jupiter.api.Test;

/** What Confluent's client asks of any registry. Subjects are new each time, so that a registry may be tested often. */
interface RegistryContract {
    AvroSchema FIRST = record("{\"name\":\"id\",\"type\":\"string\"}");
    AvroSchema WITH_OPTIONAL_FIELD =
            record("{\"name\":\"id\",\"type\":\"string\"},{\"name\":\"n\",\"type\":\"int\",\"default\":0}");
    AvroSchema WITH_REQUIRED_FIELD =
            record("{\"name\":\"id\",\"type\":\"string\"},{\"name\":\"must\",\"type\":\"int\"}");
    int INCOMPATIBLE = 409;

    String registryUrl();

    static AvroSchema record(String fields) {
        return new AvroSchema(
                "{\"type\":\"record\",\"name\":\"Thing\",\"namespace\":\"test\",\"fields\":[" + fields + "]}");
    }

    private static String newSubject() {
        return "contract-" + UUID.randomUUID() + "-value";
    }

    /** A client without a memory of earlier answers. */
    private SchemaRegistryClient client() {
        return new CachedSchemaRegistryClient(registryUrl(), 100);
    }

    private RestCall call() {
        return new RestCall(registryUrl());
    }

    @Test
    default void registersAndLooksUp() throws Exception {
        String subject = newSubject();
        int id = client().register(subject, FIRST);

        SchemaRegistryClient client = client();

        assertThat(client.register(subject, FIRST)).isEqualTo(id);
        assertThat(client.getSchemaById(id)).isEqualTo(FIRST);
        assertThat(client.getId(subject, FIRST)).isEqualTo(id);
        assertThat(client.getVersion(subject, FIRST)).isEqualTo(1);
        assertThat(client.getAllSubjects()).contains(subject);
        assertThat(client.getAllVersions(subject)).containsExactly(1);
        assertThat(client.getLatestSchemaMetadata(subject).getId()).isEqualTo(id);
        assertThat(client.getSchemaMetadata(subject, 1).getSchema()).isEqualTo(FIRST.canonicalString());
    }

    @Test
    default void equalSchemasShareAnIdAcrossSubjects() throws Exception {
        int first = client().register(newSubject(), FIRST);
        int second = client().register(newSubject(), FIRST);
        int other = client().register(newSubject(), WITH_OPTIONAL_FIELD);

        assertThat(second).isEqualTo(first);
        assertThat(other).isNotEqualTo(first);
    }

    @Test
    default void takesCompatibleVersionAndRefusesIncompatibleOne() throws Exception {
        String subject = newSubject();
        call().put("/config/" + subject, "{\"compatibility\":\"BACKWARD\"}");
        client().register(subject, FIRST);

        assertThat(client().testCompatibility(subject, WITH_OPTIONAL_FIELD)).isTrue();
        assertThat(client().testCompatibility(subject, WITH_REQUIRED_FIELD)).isFalse();
        assertThatThrownBy(() -> client().register(subject, WITH_REQUIRED_FIELD))
                .isInstanceOfSatisfying(
                        RestClientException.class,
                        e -> assertThat(e.getStatus()).isEqualTo(INCOMPATIBLE));
        client().register(subject, WITH_OPTIONAL_FIELD);

        assertThat(client().getAllVersions(subject)).containsExactly(1, 2);
        assertThat(client().getLatestSchemaMetadata(subject).getVersion()).isEqualTo(2);
    }

    @Test
    default void keepsLevelOfSubject() throws Exception {
        String subject = newSubject();
        client().register(subject, FIRST);

        assertThat(client().updateCompatibility(subject, "NONE")).isEqualTo("NONE");

        assertThat(client().getCompatibility(subject)).isEqualTo("NONE");
        assertThat(client().register(subject, WITH_REQUIRED_FIELD)).isPositive();
    }

    @Test
    default void serialisersOfTwoProcessesUnderstandEachOther() {
        String topic = "contract-" + UUID.randomUUID();
        var promotion = new Promotion("minilm", 3L, 2L, PromotedBy.GATE, false, "better", Instant.ofEpochMilli(5));
        try (Serializer<Promotion> writer = new AvroSerdes(registryUrl()).serializer();
                Deserializer<Promotion> reader = new AvroSerdes(registryUrl()).deserializer(Promotion.class)) {
            byte[] bytes = writer.serialize(topic, promotion);

            assertThat(reader.deserialize(topic, bytes)).isEqualTo(promotion);
        }
    }

    @Test
    default void saysWhatIsNotThere() throws Exception {
        String subject = newSubject();
        assertThat(call().get("/subjects/" + subject + "/versions").error()).isEqualTo("404 40401");
        assertThat(call().get("/subjects/" + subject + "/versions/latest").error())
                .isEqualTo("404 40401");
        assertThat(call().get("/schemas/ids/2000000000").error()).isEqualTo("404 40403");
        assertThat(call().post("/subjects/" + subject, body(FIRST)).error()).isEqualTo("404 40401");

        client().register(subject, FIRST);

        assertThat(call().get("/subjects/" + subject + "/versions/7").error()).isEqualTo("404 40402");
        assertThat(call().post("/subjects/" + subject, body(WITH_REQUIRED_FIELD))
                        .error())
                .isEqualTo("404 40403");
    }

    @Test
    default void refusesWhatIsNoSchema() throws Exception {
        String subject = newSubject();

        assertThat(call().post("/subjects/" + subject + "/versions", "{\"schema\":\"{\\\"type\\\":\\\"rekord\\\"}\"}")
                        .error())
                .isEqualTo("422 42201");
        assertThat(call().put("/config/" + subject, "{\"compatibility\":\"SOMETIMES\"}")
                        .error())
                .isEqualTo("422 42203");
    }

    static String body(AvroSchema schema) {
        return "{\"schema\":\"" + schema.canonicalString().replace("\"", "\\\"") + "\"}";
    }
}
