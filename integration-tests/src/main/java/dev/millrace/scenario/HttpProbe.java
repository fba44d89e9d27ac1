package dev.millrace.scenario;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;

/** Looks at a process over HTTP. Thread-safe. */
public final class HttpProbe {
    /** Status of {@link Reply} when nobody answers. */
    public static final int NO_ANSWER = 0;

    private static final Duration LIMIT = Duration.ofSeconds(5);
    private static final int OK = 200;

    private final URI base;
    private final HttpClient client = HttpClient.newBuilder()
            .connectTimeout(LIMIT)
            .version(HttpClient.Version.HTTP_1_1)
            .build();

    /** @param base for example {@code http://127.0.0.1:8090} */
    public HttpProbe(URI base) {
        this.base = base;
    }

    /**
     * An answer.
     *
     * @param status {@link #NO_ANSWER} when there is none
     * @param body or the cause why there is none
     */
    public record Reply(int status, String body) {
        public boolean isOk() {
            return status == OK;
        }
    }

    public Reply get(String path) throws InterruptedException {
        return send(HttpRequest.newBuilder(base.resolve(path)).GET());
    }

    public Reply post(String path, String json) throws InterruptedException {
        return send(HttpRequest.newBuilder(base.resolve(path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(json)));
    }

    private Reply send(HttpRequest.Builder request) throws InterruptedException {
        try {
            HttpResponse<String> response =
                    client.send(request.timeout(LIMIT).build(), HttpResponse.BodyHandlers.ofString());
            return new Reply(response.statusCode(), response.body());
        } catch (IOException e) {
            return new Reply(NO_ANSWER, e.toString());
        }
    }

    /** What {@code /readyz} answers. */
    public Reply readiness() throws InterruptedException {
        return get("/readyz");
    }

    /**
     * Value of one series of {@code /metrics}.
     *
     * @param series name with labels as it stands there, for example {@code millrace_trainer_records_total{outcome="holdout"}}
     * @return empty when nobody answers or there is no such series
     */
    public OptionalDouble metric(String series) throws InterruptedException {
        Reply reply = get("/metrics");
        Optional<String> line = reply.isOk()
                ? reply.body()
                        .lines()
                        .filter(one -> one.startsWith(series + " "))
                        .findFirst()
                : Optional.empty();
        return line.map(found -> OptionalDouble.of(
                        Double.parseDouble(found.substring(series.length()).strip())))
                .orElse(OptionalDouble.empty());
    }
}
