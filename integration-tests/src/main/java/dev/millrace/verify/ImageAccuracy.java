package dev.millrace.verify;

import dev.millrace.inference.encoder.EncoderInput;
import dev.millrace.schemas.AcceptedSample;
import dev.millrace.trainer.evaluate.Gallery;
import dev.millrace.trainer.evaluate.NearestNeighbours;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** kNN accuracy of an encoder on labelled images. Stateless. */
final class ImageAccuracy {
    private static final NearestNeighbours NEIGHBOURS = new NearestNeighbours(20, 0.07);

    private ImageAccuracy() {}

    /** PNG files to vectors, in their order. */
    interface Encoder {
        List<float[]> embed(List<byte[]> images) throws IOException, InterruptedException;
    }

    /** Share of the queries that the nearest images of the gallery name rightly, 0 to 1. */
    static double of(List<AcceptedSample> gallery, List<AcceptedSample> queries, Encoder encoder)
            throws IOException, InterruptedException {
        List<String> labels =
                gallery.stream().map(AcceptedSample::getLabel).distinct().toList();
        List<float[]> rows = encoder.embed(images(gallery));
        var known = new Gallery(rows.get(0).length, rows.size());
        for (int i = 0; i < rows.size(); i++) {
            known.add(rows.get(i), labels.indexOf(gallery.get(i).getLabel()));
        }
        List<float[]> asked = encoder.embed(images(queries));
        int right = 0;
        for (int i = 0; i < asked.size(); i++) {
            int answer = NEIGHBOURS.predict(asked.get(i), known, labels.size());
            right += answer >= 0 && labels.get(answer).equals(queries.get(i).getLabel()) ? 1 : 0;
        }
        return (double) right / asked.size();
    }

    /** The PNG files of samples. */
    static List<byte[]> images(List<AcceptedSample> samples) {
        List<byte[]> images = new ArrayList<>();
        samples.forEach(
                sample -> images.add(EncoderInput.Image.of(sample.getImage()).bytes()));
        return images;
    }
}
