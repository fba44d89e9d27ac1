package dev.millrace.standalone.quickstart;

/**
 * The definition of one WordNet synset. Immutable.
 *
 * @param id stable over runs: part of speech and offset in the database file, for example {@code wn31-n-00001930}
 * @param label lexicographer file, for example {@code noun.animal}
 * @param text definition without the quoted examples
 */
record Gloss(String id, String label, String text) {}
