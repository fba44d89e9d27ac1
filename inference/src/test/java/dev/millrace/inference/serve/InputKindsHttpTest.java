package dev.millrace.inference.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.millrace.inference.encoder.EncoderInput;
import dev.millrace.inference.encoder.Images;
import dev.millrace.inference.encoder.ModelConfig;
import dev.millrace.inference.encoder.NumberEncoders;
import dev.millrace.inference.load.BaseModel;
import dev.millrace.inference.load.EmbeddingModel;
import dev.millrace.inference.load.LoadResult;
import dev.millrace.inference.load.TinySnapshot;
import dev.millrace.inference.swap.ModelSlot;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images and feature vectors over real HTTP, into real small models. */
class InputKindsHttpTest {
    private final ModelSlot slot = new ModelSlot(Runnable::run);
    private final HttpClient client = HttpClient.newHttpClient();

    @TempDir
    private Path directory;

    private final Deque<HttpApi> started = new ArrayDeque<>();

    private EmbeddingModel start(ModelConfig config) {
        return start(config, ((LoadResult.Loaded) new BaseModel(config).load()).model());
    }

    private EmbeddingModel start(ModelConfig config, EmbeddingModel model) {
        slot.swap(model);
        started.push(HttpApi.start(
                HttpApiFixture.HTTP,
                new ApiLimits("tiny", config.input(), 1 << 16, 3),
                HttpApiFixture.ONE_THREAD,
                new HttpApi.Parts(slot, new ServingMetrics(), () -> new Readiness(List.of()))));
        return model;
    }

    @AfterEach
    void stop() {
        started.forEach(HttpApi::close);
        slot.close();
    }

    @Test
    void imagesAreEmbeddedAsTheModelDoes() throws Exception {
        EmbeddingModel model = start(NumberEncoders.imagesIn(directory));
        byte[] red = Images.filled(9, 5, 0xff0000, "png");
        byte[] blue = Images.filled(5, 9, 0x0000ff, "jpeg");
        float[][] expected = model.encode(List.of(new EncoderInput.Image(red), new EncoderInput.Image(blue)))
                .embeddings();

        HttpResponse<String> one = post("{\"input\": " + image(red) + "}");
        HttpResponse<String> two =
                post("{\"input\": [" + image(red) + ", {\"image\": \"data:image/jpeg;base64," + base64(blue) + "\"}]}");

        assertThat(one.statusCode()).as(one.body()).isEqualTo(200);
        assertThat(one.headers().firstValue("X-Millrace-Version")).hasValue("0");
        assertThat(vector(one, 0)).containsExactly(expected[0]);
        assertThat(vector(two, 0)).containsExactly(expected[0]);
        assertThat(vector(two, 1)).containsExactly(expected[1]);
        assertThat(json(two).at("/usage/total_tokens").intValue()).isZero();
        assertThat(send("/v1/models", "").body()).contains("\"input\":\"IMAGE\"");
    }

    @Test
    void oddImagesAreTheClientsFault() throws Exception {
        start(NumberEncoders.imagesIn(directory));
        byte[] good = Images.filled(9, 5, 0xff0000, "png");

        refused("{\"input\": \"a text\"}", "invalid_input", "This model takes IMAGE");
        refused("{\"input\": [\"a text\"]}", "invalid_input", "This model takes IMAGE");
        refused("{\"input\": []}", "invalid_input", "with at least one element");
        refused("{\"input\": [1, 2]}", "invalid_input", "This model takes IMAGE");
        refused("{\"input\": {\"url\": \"http://example.com/a.png\"}}", "invalid_input", "data: URL of a PNG or JPEG");
        refused("{\"input\": {\"image\": \"***\"}}", "invalid_input", "base64");
        refused("{\"input\": {\"image\": \"data:text/html;base64,AAAA\"}}", "invalid_input", "data:image/png;base64");
        refused("{\"input\": {\"image\": \"\"}}", "invalid_input", "neither a PNG nor a JPEG");
        refused("{\"input\": " + image(new byte[] {1, 2, 3}) + "}", "invalid_input", "neither a PNG nor a JPEG");
        refused(
                "{\"input\": " + image(Arrays.copyOf(good, good.length / 2)) + "}",
                "invalid_input",
                "cannot be decoded");
        String four = String.join(",", List.of(image(good), image(good), image(good), image(good)));
        refused("{\"input\": [" + four + "]}", "too_many_inputs", "at most 3");
        assertThat(post("{\"input\": {\"image\": \"" + "A".repeat(1 << 17) + "\"}}")
                        .statusCode())
                .isEqualTo(413);
        assertThat(post("{\"input\": " + image(good) + "}").statusCode()).isEqualTo(200);
    }

    @Test
    void ofSeveralImagesTheBadOneIsNamed() throws Exception {
        start(NumberEncoders.imagesIn(directory));
        String good = image(Images.filled(9, 5, 0xff0000, "png"));
        String cut = image(Arrays.copyOf(Images.filled(64, 64, 0xff00, "png"), 60));

        refused("{\"input\": [" + good + ", " + good + ", " + cut + "]}", "invalid_input", "`input[2]`: the image");
        refused(
                "{\"input\": [" + good + ", " + image(Images.bomb(50_000)) + "]}",
                "invalid_input",
                "`input[1]`: the image has 50000 x 50000 pixels, at most 16777216 are allowed.");
        refused(
                "{\"input\": " + image(Images.bomb(50_000)) + "}",
                "invalid_input",
                "`input`: the image has 50000 x 50000 pixels");
    }

    @Test
    void imagesAreClassified() throws Exception {
        ModelConfig config = NumberEncoders.imagesIn(directory);
        EmbeddingModel model = start(config, TinySnapshot.withHead(config, 7, "shoe", "shirt"));
        byte[] red = Images.filled(9, 5, 0xff0000, "png");
        float[] expected = model.encode(List.of(new EncoderInput.Image(red))).probabilities()[0];

        HttpResponse<String> response = send("/v1/classify", "{\"input\": " + image(red) + ", \"top_k\": 2}");

        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.headers().firstValue("X-Millrace-Version")).hasValue("7");
        JsonNode answer = json(response).at("/data/0");
        int likelier = expected[0] >= expected[1] ? 0 : 1;
        assertThat(answer.path("label").textValue()).isEqualTo(model.labels().get(likelier));
        assertThat(answer.path("probability").floatValue()).isEqualTo(expected[likelier]);
        assertThat(answer.path("top")).hasSize(2);
        HttpApiFixture.assertFailure(
                send("/v1/classify", "{\"input\": \"a text\"}"), 400, "invalid_input", "This model takes IMAGE");
    }

    @Test
    void vectorsAreEmbeddedAsTheModelDoes() throws Exception {
        EmbeddingModel model = start(NumberEncoders.featuresIn(directory));
        float[] first = {1, 2, 3, -4, 0.5f, 0};
        float[] second = {0, 0, 1, 0, 0, 1e-3f};
        float[][] expected = model.encode(List.of(new EncoderInput.Features(first), new EncoderInput.Features(second)))
                .embeddings();

        HttpResponse<String> one = post("{\"input\": [1, 2, 3, -4, 0.5, 0]}");
        HttpResponse<String> two = post("{\"input\": [[1, 2, 3, -4, 0.5, 0], [0, 0, 1, 0, 0, 0.001]]}");

        assertThat(one.statusCode()).as(one.body()).isEqualTo(200);
        assertThat(vector(one, 0)).containsExactly(expected[0]);
        assertThat(vector(two, 1)).containsExactly(expected[1]);
    }

    @Test
    void oddVectorsAreTheClientsFault() throws Exception {
        start(NumberEncoders.featuresIn(directory));

        refused("{\"input\": \"a text\"}", "invalid_input", "This model takes FEATURES");
        refused("{\"input\": [\"a text\"]}", "invalid_input", "a finite number");
        refused("{\"input\": {\"image\": \"AAAA\"}}", "invalid_input", "This model takes FEATURES");
        refused("{\"input\": [[1, 2, 3, 4, 5, 6], 7]}", "invalid_input", "had 7");
        refused("{\"input\": [1, 2]}", "invalid_input", "has 2 numbers, this model takes 6");
        refused(
                "{\"input\": [[1, 2, 3, 4, 5, 6], [1, 2]]}",
                "invalid_input",
                "`input[1]`: the vector has 2 numbers, this model takes 6");
        refused("{\"input\": [1, 2, 3, 4, 5, 1e99]}", "invalid_input", "a finite number");
        refused("{\"input\": [1, 2, 3, 4, 5, null]}", "invalid_input", "a finite number");
        refused("{\"input\": [[]]}", "invalid_input", "has 0 numbers");
    }

    private void refused(String body, String code, String message) throws Exception {
        HttpApiFixture.assertFailure(post(body), 400, code, message);
    }

    private HttpResponse<String> post(String body) throws Exception {
        return send("/v1/embeddings", body);
    }

    private HttpResponse<String> send(String path, String body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + started.getFirst().port() + path))
                .timeout(Duration.ofSeconds(20));
        return client.send(
                body.isEmpty()
                        ? request.build()
                        : request.POST(BodyPublishers.ofString(body)).build(),
                BodyHandlers.ofString());
    }

    private static String image(byte[] file) {
        return "{\"image\": \"" + base64(file) + "\"}";
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    private static JsonNode json(HttpResponse<String> response) throws Exception {
        return JsonMapper.builder().build().readTree(response.body());
    }

    private static float[] vector(HttpResponse<String> response, int index) throws Exception {
        JsonNode embedding = json(response).at("/data/" + index + "/embedding");
        float[] vector = new float[embedding.size()];
        for (int i = 0; i < vector.length; i++) {
            vector[i] = embedding.get(i).floatValue();
        }
        return vector;
    }
}
