package dev.millrace.inference.serve;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.inference.encoder.EncoderInput;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;

/**
 * {@code POST /v1/embeddings} as OpenAI defines it: which inputs, and how their embeddings are written. Immutable.
 *
 * @param inputs at least one
 * @param dimensions components wanted, 0 for all
 * @param base64 whether embeddings go out as base64 of little-endian floats instead of numbers
 */
record EmbeddingsRequest(List<EncoderInput> inputs, int dimensions, boolean base64) implements ModelRequest {
    private static final int ALL = 0;

    static EmbeddingsRequest parse(JsonNode request, RequestReader reader) {
        JsonNode format = request.path("encoding_format");
        boolean base64 = "base64".equals(format.textValue());
        if (RequestReader.isGiven(format) && !base64 && !"float".equals(format.textValue())) {
            throw new ApiException(
                    Outcome.INVALID_PARAMETER,
                    "`encoding_format` must be \"float\" or \"base64\", was " + RequestReader.brief(format) + ".");
        }
        return new EmbeddingsRequest(reader.inputs(request), RequestReader.integer(request, "dimensions", ALL), base64);
    }

    @Override
    public Replies.Listing<Replies.Embedding> reply(Answer answer, String model) {
        if (dimensions > answer.dimension()) {
            throw new ApiException(
                    Outcome.INVALID_PARAMETER,
                    "`dimensions` must be at most " + answer.dimension() + ", was " + dimensions + ".");
        }
        float[][] embeddings = answer.encoded().embeddings();
        List<Replies.Embedding> data = IntStream.range(0, embeddings.length)
                .mapToObj(i -> new Replies.Embedding("embedding", i, written(embeddings[i])))
                .toList();
        return Replies.Listing.of(data, model, answer);
    }

    private Object written(float[] embedding) {
        float[] wanted =
                dimensions == ALL || dimensions == embedding.length ? embedding : shortened(embedding, dimensions);
        if (!base64) {
            return wanted;
        }
        ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * wanted.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(wanted);
        return Base64.getEncoder().encodeToString(bytes.array());
    }

    /** The first components, brought back to length 1; zeros stay zeros. */
    static float[] shortened(float[] embedding, int dimensions) {
        float[] first = Arrays.copyOf(embedding, dimensions);
        double squares = 0;
        for (float value : first) {
            squares += (double) value * value;
        }
        double norm = squares == 0 ? 1 : Math.sqrt(squares);
        for (int i = 0; i < first.length; i++) {
            first[i] = (float) (first[i] / norm);
        }
        return first;
    }
}
