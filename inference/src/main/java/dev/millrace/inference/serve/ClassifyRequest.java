package dev.millrace.inference.serve;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.inference.encoder.EncoderInput;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * {@code POST /v1/classify}: which inputs, and how many of their likeliest classes are told. Immutable.
 *
 * @param inputs at least one
 * @param topK classes told for each input, at least 1
 */
record ClassifyRequest(List<EncoderInput> inputs, int topK) implements ModelRequest {
    private static final int USUAL_TOP_K = 5;

    static ClassifyRequest parse(JsonNode request, RequestReader reader) {
        return new ClassifyRequest(reader.inputs(request), RequestReader.integer(request, "top_k", USUAL_TOP_K));
    }

    @Override
    public Replies.Listing<Replies.Classification> reply(Answer answer, String model) {
        if (answer.labels().isEmpty()) {
            throw new ApiException(
                    Outcome.NO_HEAD,
                    "Version " + answer.version() + " has no classes: nothing was trained yet. /v1/embeddings works.");
        }
        float[][] probabilities = answer.encoded().probabilities();
        List<Replies.Classification> data = IntStream.range(0, probabilities.length)
                .mapToObj(i -> classification(i, probabilities[i], answer.labels()))
                .toList();
        return Replies.Listing.of(data, model, answer);
    }

    private Replies.Classification classification(int index, float[] probabilities, List<String> labels) {
        List<Replies.Candidate> top = IntStream.range(0, labels.size())
                .mapToObj(k -> new Replies.Candidate(labels.get(k), probabilities[k]))
                .sorted(Comparator.comparingDouble(Replies.Candidate::probability)
                        .reversed())
                .limit(topK)
                .toList();
        return new Replies.Classification(
                "classification", index, top.get(0).label(), top.get(0).probability(), top);
    }
}
