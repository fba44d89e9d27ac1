package dev.millrace.inference.serve;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.millrace.inference.encoder.EncoderInput;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/** Reads request bodies: bytes to inputs and parameters, everything odd to a worded error. Immutable. */
final class RequestReader {
    private final ObjectReader json;
    private final ApiLimits limits;
    private final InputReader inputs;

    RequestReader(ApiLimits limits) {
        this.limits = limits;
        this.json = reader(limits.maxBodyBytes());
        this.inputs = new InputReader(limits.input(), limits.maxInputs());
    }

    /** An image may be one string almost as long as the body. */
    private static ObjectReader reader(int maxBodyBytes) {
        StreamReadConstraints constraints =
                StreamReadConstraints.builder().maxStringLength(maxBodyBytes).build();
        JsonFactory factory =
                JsonFactory.builder().streamReadConstraints(constraints).build();
        return JsonMapper.builder(factory)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .build()
                .readerFor(JsonNode.class);
    }

    /** The body as a JSON object whose {@code model}, where given, is the one that is served here. */
    JsonNode read(InputStream body) throws IOException {
        byte[] bytes = body.readNBytes(limits.maxBodyBytes() + 1);
        if (bytes.length > limits.maxBodyBytes()) {
            throw new ApiException(
                    Outcome.BODY_TOO_LARGE,
                    "The body is longer than " + limits.maxBodyBytes() + " bytes; send fewer or smaller inputs.");
        }
        JsonNode request;
        try {
            request = json.readValue(bytes);
        } catch (JsonProcessingException e) {
            throw new ApiException(Outcome.INVALID_JSON, "The body is not valid JSON: " + JsonProblem.words(e));
        } catch (IOException e) { // Bytes of another encoding.
            throw new ApiException(Outcome.INVALID_JSON, "The body is not valid JSON in UTF-8: " + e.getMessage());
        }
        if (request == null || !request.isObject()) {
            throw new ApiException(
                    Outcome.INVALID_JSON,
                    "The body must be a JSON object such as {\"input\": " + inputs.example() + "}.");
        }
        JsonNode model = request.path("model");
        if (isGiven(model) && !limits.modelName().equals(model.textValue())) {
            throw new ApiException(
                    Outcome.MODEL_NOT_FOUND,
                    "The model " + model + " is not served here; use \"" + limits.modelName() + "\" or leave it out.");
        }
        return request;
    }

    /** What {@code input} holds. */
    List<EncoderInput> inputs(JsonNode request) {
        return inputs.read(request.path("input"));
    }

    /** A whole number, or the default where the key is absent. */
    static int integer(JsonNode request, String key, int otherwise) {
        JsonNode value = request.path(key);
        if (!isGiven(value)) {
            return otherwise;
        }
        if (!value.canConvertToInt() || !value.isIntegralNumber() || value.intValue() < 1) {
            throw new ApiException(
                    Outcome.INVALID_PARAMETER,
                    "`" + key + "` must be a whole number of at least 1, was " + brief(value) + ".");
        }
        return value.intValue();
    }

    static boolean isGiven(JsonNode value) {
        return !value.isMissingNode() && !value.isNull();
    }

    static String brief(JsonNode value) {
        String text = value.toString();
        return text.length() <= 40 ? text : text.substring(0, 40) + "…";
    }
}
