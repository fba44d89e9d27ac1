package dev.millrace.standalone.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contract.StartupException;
import dev.millrace.standalone.broker.EmbeddedBroker;
import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SchemaRegistryServerTest implements RegistryContract {
    private static final String LOOPBACK = "127.0.0.1";

    @TempDir
    private static Path directory;

    private static EmbeddedBroker broker;
    private static SchemaRegistryServer server;

    @BeforeAll
    static void start() throws InterruptedException {
        broker = EmbeddedBroker.start(directory, 0);
        server = SchemaRegistryServer.start(broker.bootstrapServers(), LOOPBACK, 0);
    }

    @AfterAll
    static void stop() {
        broker.close();
        server.close();
    }

    @Override
    public String registryUrl() {
        return server.url();
    }

    private static RestCall call() {
        return new RestCall(server.url());
    }

    private static int register(RestCall call, String subject, AvroSchema schema) throws Exception {
        return call.post("/subjects/" + subject + "/versions", RegistryContract.body(schema))
                .json()
                .required("id")
                .asInt();
    }

    @Test
    void answersAsConfluentsRegistryDoes() throws Exception {
        int id = register(call(), "raw-value", FIRST);

        assertThat(call().get("/").json()).isEmpty();
        assertThat(call().get("/schemas/types").json().toString()).isEqualTo("[\"AVRO\"]");
        assertThat(call().get("/config").json().toString()).isEqualTo("{\"compatibilityLevel\":\"BACKWARD\"}");
        assertThat(call().get("/mode").json().toString()).isEqualTo("{\"mode\":\"READWRITE\"}");
        assertThat(call().get("/schemas/ids/" + id).json().required("schema").asText())
                .isEqualTo(FIRST.canonicalString());
        assertThat(call().get("/schemas/ids/" + id + "?fetchMaxId=true&subject=raw-value")
                        .json()
                        .path("maxId")
                        .asInt())
                .isGreaterThanOrEqualTo(id);
        assertThat(call().get("/subjects/raw-value/versions/1").json().toString())
                .startsWith("{\"subject\":\"raw-value\",\"version\":1,\"id\":" + id + ",\"schema\":\"{");
        assertThat(call().get("/subjects/raw-value/versions/latest/schema")
                        .json()
                        .path("name")
                        .asText())
                .isEqualTo("Thing");
        assertThat(call().get("/schemas/ids/" + id + "/versions").json().toString())
                .contains("{\"subject\":\"raw-value\",\"version\":1}");
        assertThat(call().get("/subjects").contentType()).isEqualTo("application/vnd.schemaregistry.v1+json");
    }

    @Test
    void explainsIncompatibility() throws Exception {
        register(call(), "explained-value", FIRST);

        var verdict = call().post(
                        "/compatibility/subjects/explained-value/versions/latest?verbose=true",
                        RegistryContract.body(WITH_REQUIRED_FIELD))
                .json();
        var refusal = call().post("/subjects/explained-value/versions", RegistryContract.body(WITH_REQUIRED_FIELD));

        assertThat(verdict.path("is_compatible").asBoolean()).isFalse();
        assertThat(verdict.path("messages").toString()).contains("must");
        assertThat(refusal.error()).isEqualTo("409 409");
        assertThat(refusal.message()).contains("explained-value").contains("READER_FIELD_MISSING_DEFAULT_VALUE");
        assertThat(call().post("/compatibility/subjects/none-value/versions/latest", RegistryContract.body(FIRST))
                        .json()
                        .path("is_compatible")
                        .asBoolean())
                .isTrue();
    }

    @Test
    void checksTransitiveLevelsAgainstAllVersions() throws Exception {
        AvroSchema withText = RegistryContract.record(
                "{\"name\":\"id\",\"type\":\"string\"},{\"name\":\"n\",\"type\":\"string\",\"default\":\"\"}");
        register(call(), "transitive-value", WITH_OPTIONAL_FIELD);
        register(call(), "transitive-value", FIRST);

        call().put("/config/transitive-value", "{\"compatibility\":\"BACKWARD_TRANSITIVE\"}");
        var refusal = call().post("/subjects/transitive-value/versions", RegistryContract.body(withText));
        call().put("/config/transitive-value", "{\"compatibility\":\"BACKWARD\"}");
        int id = register(call(), "transitive-value", withText);

        assertThat(refusal.status()).isEqualTo(409);
        assertThat(id).isPositive();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "DELETE|/subjects/any||405 405|Not supported",
                "DELETE|/config/any||405 405|Not supported",
                "PUT|/mode|{\"mode\":\"IMPORT\"}|405 405|Not supported",
                "GET|/exporters||404 404|HTTP 404",
                "GET|/schemas/ids/x||404 404|HTTP 404",
                "GET|/subjects/a/versions/0||422 42202|Allowed values",
                "GET|/subjects/a/versions/x||422 42202|Allowed values",
                "GET|/config/unset-value||404 40408|subject-level",
                "POST|/subjects/a/versions|nonsense|400 400|no JSON",
                "POST|/subjects/a/versions|[]|400 400|JSON object",
                "POST|/subjects/a/versions|{}|422 42201|Invalid schema",
                "POST|/subjects/a/versions|{\"schemaType\":\"JSON\",\"schema\":\"{}\"}|422 42201|only AVRO",
                "POST|/subjects/a/versions|{\"schema\":\"\\\"int\\\"\",\"references\":[{\"name\":\"b\"}]}|422 42201|references",
                "POST|/subjects/a/versions|{\"schema\":\"\\\"int\\\"\",\"id\":7}|422 42205|import mode",
                "POST|/subjects/:.ctx:a/versions|{\"schema\":\"\\\"int\\\"\"}|422 42208|Contexts",
            })
    void saysWhatItDoesNotOffer(String method, String path, String body, String error, String message)
            throws Exception {
        var reply = call().send(method, path, body == null ? "" : body);

        assertThat(reply.error()).isEqualTo(error);
        assertThat(reply.message()).contains(message);
    }

    @Test
    void refusesBodyWithoutEnd() throws Exception {
        var reply = call().post("/subjects/a/versions", " ".repeat((1 << 20) + 1));

        assertThat(reply.error()).isEqualTo("413 413");
    }

    @Test
    void subjectMayHaveAnyName() throws Exception {
        int id = register(call(), "a%2Fb+c%20d-value", FIRST);

        assertThat(id).isPositive();
        assertThat(call().get("/subjects").json().toString()).contains("\"a/b+c d-value\"");
        assertThat(call().get("/subjects/a%2Fb+c%20d-value/versions").json().toString())
                .isEqualTo("[1]");
    }

    @Test
    void restartKeepsIdsVersionsAndLevels() throws Exception {
        int first;
        try (var before = SchemaRegistryServer.start(broker.bootstrapServers(), LOOPBACK, 0)) {
            var call = new RestCall(before.url());
            first = register(call, "kept-value", FIRST);
            call.put("/config/kept-value", "{\"compatibility\":\"NONE\"}");
        }
        try (var after = SchemaRegistryServer.start(broker.bootstrapServers(), LOOPBACK, 0)) {
            var call = new RestCall(after.url());

            assertThat(register(call, "kept-value", FIRST)).isEqualTo(first);
            assertThat(call.get("/config/kept-value")
                            .json()
                            .path("compatibilityLevel")
                            .asText())
                    .isEqualTo("NONE");
            assertThat(register(call, "kept-value", WITH_REQUIRED_FIELD)).isNotEqualTo(first);
            assertThat(call.get("/subjects/kept-value/versions").json().toString())
                    .isEqualTo("[1,2]");
        }
    }

    @Test
    void severalServersOverOneTopicNeverGiveAnIdTwice() throws Exception {
        try (var other = SchemaRegistryServer.start(broker.bootstrapServers(), LOOPBACK, 0)) {
            var there = new RestCall(other.url());
            for (int i = 0; i < 3; i++) {
                AvroSchema here = RegistryContract.record("{\"name\":\"here" + i + "\",\"type\":\"int\"}");
                AvroSchema elsewhere = RegistryContract.record("{\"name\":\"there" + i + "\",\"type\":\"int\"}");
                int idHere = register(call(), "here" + i, here);
                int idThere = register(there, "there" + i, elsewhere);

                assertThat(idThere).isEqualTo(idHere + 1);
                assertThat(call().get("/schemas/ids/" + idThere)
                                .json()
                                .path("schema")
                                .asText())
                        .isEqualTo(elsewhere.canonicalString());
                assertThat(there.get("/subjects/here" + i + "/versions").json().toString())
                        .isEqualTo("[1]");
            }
        }
    }

    @Test
    void leavesOutRecordsThatItDoesNotUnderstand() throws Exception {
        try (var producer = new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers()),
                new StringSerializer(),
                new StringSerializer())) {
            for (String key : new String[] {
                "nonsense", "{}", "{\"keytype\":\"NOOP\",\"magic\":0}", "{\"keytype\":\"SCHEMA\",\"subject\":\"cut\"}"
            }) {
                producer.send(new ProducerRecord<>(SchemaLog.TOPIC, key, "{\"schema\":"))
                        .get();
            }
            producer.send(
                            new ProducerRecord<>(
                                    SchemaLog.TOPIC,
                                    "{\"keytype\":\"SCHEMA\",\"subject\":\"foreign-value\",\"version\":3,\"magic\":1}",
                                    "{\"subject\":\"foreign-value\",\"version\":3,\"id\":100000,\"schema\":\"\\\"long\\\"\",\"deleted\":false}"))
                    .get();
        }

        assertThat(call().get("/schemas/ids/100000").json().path("schema").asText())
                .isEqualTo("\"long\"");
        assertThat(call().get("/subjects/foreign-value/versions").json().toString())
                .isEqualTo("[3]");
    }

    @Test
    void refusesPortThatIsTaken() {
        int port = Integer.parseInt(server.url().substring(server.url().lastIndexOf(':') + 1));

        assertThatThrownBy(() -> SchemaRegistryServer.start(broker.bootstrapServers(), LOOPBACK, port))
                .isInstanceOf(StartupException.class)
                .hasMessageContaining("registry port " + port);
    }
}
