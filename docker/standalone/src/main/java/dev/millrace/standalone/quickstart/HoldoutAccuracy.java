package dev.millrace.standalone.quickstart;

import dev.millrace.trainer.evaluate.Gallery;
import dev.millrace.trainer.evaluate.NearestNeighbours;
import java.io.IOException;
import java.util.List;

/**
 * How often the nearest trained samples tell the class of a held-out one: k-nearest neighbours by cosine, k = 20, votes
 * softmax(similarity / 0.07), the same for every encoder that is compared. Immutable.
 */
final class HoldoutAccuracy {
    private static final int MAX_GALLERY = 2_000;
    private static final NearestNeighbours NEIGHBOURS = new NearestNeighbours(20, 0.07);

    private final List<Gloss> gallery;
    private final List<Gloss> queries;
    private final List<String> labels;

    /**
     * @param trained in the order of the training log; the newest 2,000 are looked up
     * @param heldOut never trained on
     */
    HoldoutAccuracy(List<Gloss> trained, List<Gloss> heldOut) {
        this.gallery = List.copyOf(trained.subList(Math.max(0, trained.size() - MAX_GALLERY), trained.size()));
        this.queries = List.copyOf(heldOut);
        this.labels = gallery.stream().map(Gloss::label).distinct().toList();
    }

    /** Texts to vectors, in their order. */
    interface Encoder {
        List<float[]> embed(List<String> texts) throws IOException, InterruptedException;
    }

    int gallerySize() {
        return gallery.size();
    }

    int queryCount() {
        return queries.size();
    }

    /** Share of the held-out samples whose class the neighbours tell; NaN when there is nothing to ask or to look up. */
    double of(Encoder encoder) throws IOException, InterruptedException {
        if (gallery.isEmpty() || queries.isEmpty()) {
            return Double.NaN;
        }
        List<float[]> rows = encoder.embed(texts(gallery));
        var known = new Gallery(rows.get(0).length, rows.size());
        for (int i = 0; i < rows.size(); i++) {
            known.add(rows.get(i), labels.indexOf(gallery.get(i).label()));
        }
        List<float[]> asked = encoder.embed(texts(queries));
        int right = 0;
        for (int i = 0; i < asked.size(); i++) {
            int answer = NEIGHBOURS.predict(asked.get(i), known, labels.size());
            if (answer >= 0 && labels.get(answer).equals(queries.get(i).label())) {
                right++;
            }
        }
        return (double) right / asked.size();
    }

    private static List<String> texts(List<Gloss> glosses) {
        return glosses.stream().map(Gloss::text).toList();
    }
}
