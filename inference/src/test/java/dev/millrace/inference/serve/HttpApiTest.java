package dev.millrace.inference.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayInputStream;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The API over real HTTP, with models made by hand. */
class HttpApiTest extends HttpApiFixture {
    @Test
    void embedsOneString() throws Exception {
        HttpResponse<String> response = post("/v1/embeddings", "{\"input\":\"two words\",\"model\":\"tiny\"}");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("X-Millrace-Version")).hasValue("41");
        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
        assertThat(json(response)).isEqualTo(JsonMapper.builder().build().readTree("""
                {"object":"list","data":[{"object":"embedding","index":0,"embedding":[-0.5,0.5,0.5,0.5]}],
                 "model":"tiny","usage":{"prompt_tokens":4,"total_tokens":4},"version":41}"""));
    }

    @Test
    void embedsAListInItsOrder() throws Exception {
        JsonNode reply = json(post("/v1/embeddings", "{\"input\":[\"ab\",\"abc\",\"ab\"]}"));

        assertThat(reply.path("data").findValuesAsText("index")).containsExactly("0", "1", "2");
        assertThat(reply.at("/data/0/embedding/0").floatValue()).isEqualTo(0.5f);
        assertThat(reply.at("/data/1/embedding/0").floatValue()).isEqualTo(-0.5f);
        assertThat(reply.at("/usage/prompt_tokens").intValue()).isEqualTo(9);
    }

    @Test
    void base64HoldsTheSameFloats() throws Exception {
        JsonNode reply = json(post("/v1/embeddings", "{\"input\":\"abc\",\"encoding_format\":\"base64\"}"));

        byte[] bytes = Base64.getDecoder().decode(reply.at("/data/0/embedding").textValue());
        FloatBuffer floats =
                ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
        float[] embedding = new float[floats.remaining()];
        floats.get(embedding);
        assertThat(embedding).containsExactly(FakeModel.embedding("abc"));
    }

    @Test
    void dimensionsShortenAndNormaliseAgain() throws Exception {
        JsonNode reply = json(post("/v1/embeddings", "{\"input\":\"ab\",\"dimensions\":2}"));

        float half = (float) Math.sqrt(0.5);
        assertThat(reply.at("/data/0/embedding")).hasSize(2);
        assertThat(reply.at("/data/0/embedding/0").floatValue()).isEqualTo(half);
        assertThat(reply.at("/data/0/embedding/1").floatValue()).isEqualTo(half);
        assertThat(EmbeddingsRequest.shortened(new float[] {0, 0, 1}, 2)).containsExactly(0, 0);
    }

    @Test
    void classifiesWithTheLikeliestFirst() throws Exception {
        HttpResponse<String> response = post("/v1/classify", "{\"input\":[\"ab\"],\"top_k\":2}");

        assertThat(response.headers().firstValue("X-Millrace-Version")).hasValue("41");
        JsonNode first = json(response).at("/data/0");
        assertThat(first.path("label").textValue()).isEqualTo("eel");
        assertThat(first.path("probability").floatValue()).isEqualTo(0.5f);
        assertThat(first.path("top").findValuesAsText("label")).containsExactly("eel", "dog");
    }

    @Test
    void classifyingNeedsClasses() throws Exception {
        slot.swap(new FakeModel(0));

        assertFailure(post("/v1/classify", "{\"input\":\"ab\"}"), 409, "no_head", "Version 0 has no classes");
    }

    @Test
    void listsTheModel() throws Exception {
        JsonNode reply = json(get("/v1/models"));

        assertThat(reply.at("/data/0/id").textValue()).isEqualTo("tiny");
        assertThat(reply.at("/data/0/version").longValue()).isEqualTo(41);
        assertThat(reply.at("/data/0/dimension").intValue()).isEqualTo(4);
        assertThat(reply.at("/data/0/classes").intValue()).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "hello                                        | 400 | invalid_json         | not valid JSON",
                "{\"input\":\"a\"                             | 400 | invalid_json         | Object (start marker at line 1, column 1)",
                "[1]                                          | 400 | invalid_json         | must be a JSON object",
                "null                                         | 400 | invalid_json         | must be a JSON object",
                "{\"input\":\"a\"} trailing                   | 400 | invalid_json         | not valid JSON",
                "{}                                           | 400 | invalid_input        | `input` must be a string or a list",
                "{\"input\":null}                             | 400 | invalid_input        | `input` must be a string or a list",
                "{\"input\":[]}                               | 400 | invalid_input        | at least one",
                "{\"input\":\"\"}                             | 400 | invalid_input        | non-empty",
                "{\"input\":[\"a\",\"\"]}                     | 400 | invalid_input        | non-empty",
                "{\"input\":[\"a\",3]}                        | 400 | invalid_input        | had 3",
                "{\"input\":{\"text\":\"a\"}}                 | 400 | invalid_input        | `input` must be a string or a list",
                "{\"input\":[1,2,3]}                          | 400 | tokens_not_supported | token ids",
                "{\"input\":[[1,2],[3]]}                      | 400 | tokens_not_supported | token ids",
                "{\"input\":\"a\",\"encoding_format\":\"hex\"}| 400 | invalid_parameter    | was \"hex\"",
                "{\"input\":\"a\",\"encoding_format\":1}      | 400 | invalid_parameter    | was 1",
                "{\"input\":\"a\",\"dimensions\":5}           | 400 | invalid_parameter    | at most 4, was 5",
                "{\"input\":\"a\",\"dimensions\":0}           | 400 | invalid_parameter    | at least 1, was 0",
                "{\"input\":\"a\",\"dimensions\":2.5}         | 400 | invalid_parameter    | was 2.5",
                "{\"input\":\"a\",\"dimensions\":\"2\"}       | 400 | invalid_parameter    | was \"2\"",
                "{\"input\":\"a\",\"model\":\"gpt\"}          | 404 | model_not_found      | \"gpt\" is not served here",
                "{\"input\":\"a\",\"model\":7}                | 404 | model_not_found      | 7 is not served here",
            })
    void refusesOddRequests(String body, int status, String code, String message) throws Exception {
        assertFailure(post("/v1/embeddings", body), status, code, message);
    }

    @Test
    void refusesBytesThatAreNoText() throws Exception {
        byte[] invalid = {'{', '"', 'i', 'n', 'p', 'u', 't', '"', ':', '"', (byte) 0xff, (byte) 0xfe, '"', '}'};

        assertFailure(
                send("/v1/embeddings", BodyPublishers.ofByteArray(invalid)), 400, "invalid_json", "not valid JSON");
    }

    @Test
    void refusesDeepNesting() throws Exception {
        assertFailure(
                post("/v1/embeddings", "[".repeat(5000) + "]".repeat(5000)), 400, "invalid_json", "not valid JSON");
    }

    @Test
    void refusesTooManyInputs() throws Exception {
        String inputs = String.join(",", Collections.nCopies(257, "\"a\""));

        assertFailure(post("/v1/embeddings", "{\"input\":[" + inputs + "]}"), 400, "too_many_inputs", "at most 256");
        assertThat(post("/v1/embeddings", "{\"input\":[" + inputs.substring(4) + "]}")
                        .statusCode())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void refusesALongBody(boolean chunked) throws Exception {
        byte[] body = ("{\"input\":\"" + "a".repeat(1 << 20) + "\"}").getBytes(java.nio.charset.StandardCharsets.UTF_8);
        BodyPublisher publisher = chunked
                ? BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body))
                : BodyPublishers.ofByteArray(body);

        assertFailure(send("/v1/embeddings", publisher), 413, "body_too_large", "longer than 1048576 bytes");
    }

    @Test
    void unknownPathsAndMethodsGetTheSameFormOfError() throws Exception {
        assertFailure(get("/v2/embeddings"), 404, "not_found", "GET /v2/embeddings");
        assertFailure(get("/v1/embeddings"), 405, "method_not_allowed", "GET /v1/embeddings");
        assertFailure(post("/metrics", ""), 405, "method_not_allowed", "POST /metrics");
    }

    @Test
    void withoutAModelItSaysSo() throws Exception {
        slot.close();

        HttpResponse<String> response = post("/v1/embeddings", "{\"input\":\"a\"}");
        assertFailure(response, 503, "not_ready", "No version is served yet");
        assertThat(response.headers().firstValue("Retry-After")).hasValue("1");
        assertFailure(get("/v1/models"), 503, "not_ready", "No version is served yet");
        assertThat(get("/healthz").statusCode()).isEqualTo(200);
    }

    @Test
    void readinessTellsItsCauses() throws Exception {
        assertThat(get("/readyz").statusCode()).isEqualTo(200);

        readiness = new Readiness(List.of(new Readiness.Cause("PROMOTIONS_UNREACHABLE", "no broker at nowhere:1")));

        HttpResponse<String> response = get("/readyz");
        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(json(response).path("ready").booleanValue()).isFalse();
        assertThat(json(response).at("/causes/0/cause").textValue()).isEqualTo("PROMOTIONS_UNREACHABLE");
        assertThat(json(response).at("/causes/0/detail").textValue()).contains("nowhere:1");
    }
}
