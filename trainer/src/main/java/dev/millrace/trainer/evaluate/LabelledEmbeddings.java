package dev.millrace.trainer.evaluate;

import java.util.List;

/**
 * Embeddings with their true labels. Immutable; the rows are shared with whoever made them.
 *
 * @param embeddings {@code [samples][dimension]}
 * @param labels {@code [samples]}
 */
public record LabelledEmbeddings(float[][] embeddings, List<String> labels) {
    public LabelledEmbeddings {
        labels = List.copyOf(labels);
        if (embeddings.length != labels.size()) {
            throw new IllegalArgumentException(
                    "there must be one label per embedding, had " + labels.size() + " for " + embeddings.length);
        }
    }

    public int size() {
        return labels.size();
    }
}
