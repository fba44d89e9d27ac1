package dev.millrace.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.StartupException;
import dev.millrace.inference.encoder.ModelConfig;
import dev.millrace.inference.encoder.TinyEncoder;
import dev.millrace.inference.serve.Readiness;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The assembled service while nothing of Kafka can be reached; with Kafka it is tested as part of the whole system. */
class InferenceServiceTest {
    @TempDir
    Path directory;

    private InferenceConfig config;

    @BeforeEach
    void configure() throws Exception {
        Path file = Files.write(
                directory.resolve("tiny.onnx"), TinyEncoder.model(13).build().toByteArray());
        Path tokenizer = Files.write(directory.resolve("tokenizer.json"), TinyEncoder.tokenizerJson());
        config = config(TinyEncoder.config(file, tokenizer), directory.resolve("store"), 0);
    }

    @Test
    void withoutKafkaItIsAliveAndSaysWhatItWaitsFor() throws Exception {
        try (InferenceService service = InferenceService.start(config)) {
            assertThat(get(service, "/healthz").statusCode()).isEqualTo(200);
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(service.readiness().causes())
                            .extracting(Readiness.Cause::cause)
                            .containsExactly("KAFKA_UNAVAILABLE", "NO_MODEL"));
            assertThat(get(service, "/readyz").statusCode()).isEqualTo(503);
            assertThat(get(service, "/readyz").body()).contains("KAFKA_UNAVAILABLE");
            assertThat(get(service, "/v1/models").statusCode()).isEqualTo(503);
            assertThat(service.servedVersion()).isEmpty();
            assertThat(service.instance()).endsWith(":" + service.port());
        }
    }

    @Test
    void aTakenPortIsAStartFailure() {
        try (InferenceService service = InferenceService.start(config)) {
            InferenceConfig same = config(config.model(), config.snapshot().store(), service.port());

            assertThatThrownBy(() -> InferenceService.start(same))
                    .isInstanceOf(StartupException.class)
                    .hasMessageContaining(String.valueOf(service.port()));
        }
    }

    @Test
    void aMissingModelAndAnImpossibleStoreAreStartFailures() throws Exception {
        Path missing = directory.resolve("none.onnx");
        ModelConfig model = TinyEncoder.config(missing, config.model().tokenizer());

        assertThatThrownBy(() -> InferenceService.start(config(model, directory.resolve("store"), 0)))
                .isInstanceOf(StartupException.class)
                .hasMessageContaining(missing.toString());
        assertThatThrownBy(() -> InferenceService.start(
                        config(config.model(), config.model().file(), 0)))
                .isInstanceOf(StartupException.class)
                .hasMessageContaining("snapshot store");
    }

    private static InferenceConfig config(ModelConfig model, Path store, int port) {
        return new InferenceConfig(
                "",
                new KafkaConfig("127.0.0.1:1", "http://127.0.0.1:1", "test.", Map.of(), Map.of()),
                model,
                new InferenceConfig.Snapshot(store),
                new InferenceConfig.Http("127.0.0.1", port, 1 << 20, 256, Duration.ofSeconds(5)),
                new InferenceConfig.Encode(1, 64, 8));
    }

    private static HttpResponse<String> get(InferenceService service, String path) throws Exception {
        URI address = URI.create("http://127.0.0.1:" + service.port() + path);
        return HttpClient.newHttpClient().send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString());
    }
}
