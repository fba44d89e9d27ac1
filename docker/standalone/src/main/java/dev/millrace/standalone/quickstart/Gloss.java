package dev.millrace.standalone.quickstart;

import dev.millrace.schemas.AcceptedSample;

/**
 * The definition of one WordNet synset. Immutable.
 *
 * @param id stable over runs: part of speech and offset in the database file, for example {@code wn31-n-00001930}
 * @param label lexicographer file, for example {@code noun.animal}
 * @param text definition without the quoted examples
 */
public record Gloss(String id, String label, String text) {
    /** The gloss that a sample was made of. */
    static Gloss of(AcceptedSample sample) {
        return new Gloss(sample.getId(), sample.getLabel(), String.valueOf(sample.getText()));
    }
}
