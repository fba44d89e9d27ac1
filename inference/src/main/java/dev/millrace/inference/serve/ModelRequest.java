package dev.millrace.inference.serve;

import dev.millrace.inference.encoder.EncoderInput;
import java.util.List;

/** A request that the model answers. */
sealed interface ModelRequest permits EmbeddingsRequest, ClassifyRequest {
    /** At least one. */
    List<EncoderInput> inputs();

    /**
     * The body of the reply.
     *
     * @throws ApiException when this version cannot answer what was asked
     */
    Replies.Listing<?> reply(Answer answer, String model);
}
