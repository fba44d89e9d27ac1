package dev.millrace.standalone.quickstart;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;

/**
 * The noun and verb glosses of WordNet 3.1, labelled with their lexicographer files. Format: {@code wndb(5WN)} and
 * {@code lexnames(5WN)} of WordNet's own reference manual. Stateless.
 */
public final class WordNetGlosses {
    private static final String DATABASE = "/net/sf/extjwnl/data/wordnet/wn31/";

    /** Names of the lexicographer files by number, from {@code lexnames(5WN)}. */
    private static final List<String> LEXICOGRAPHER_FILES = List.of(
            "adj.all",
            "adj.pert",
            "adv.all",
            "noun.Tops",
            "noun.act",
            "noun.animal",
            "noun.artifact",
            "noun.attribute",
            "noun.body",
            "noun.cognition",
            "noun.communication",
            "noun.event",
            "noun.feeling",
            "noun.food",
            "noun.group",
            "noun.location",
            "noun.motive",
            "noun.object",
            "noun.person",
            "noun.phenomenon",
            "noun.plant",
            "noun.possession",
            "noun.process",
            "noun.quantity",
            "noun.relation",
            "noun.shape",
            "noun.state",
            "noun.substance",
            "noun.time",
            "verb.body",
            "verb.change",
            "verb.cognition",
            "verb.communication",
            "verb.competition",
            "verb.consumption",
            "verb.contact",
            "verb.creation",
            "verb.emotion",
            "verb.motion",
            "verb.perception",
            "verb.possession",
            "verb.social",
            "verb.stative",
            "verb.weather",
            "adj.ppl");

    /** The 51 unique beginners are the roots of the other classes, not a class of their own. */
    private static final String TOPS = "noun.Tops";

    private static final String GLOSS_MARK = " | ";

    private WordNetGlosses() {}

    /**
     * All glosses in an order that depends on the seed only.
     *
     * @throws IllegalStateException when the WordNet data is not on the class path
     */
    public static List<Gloss> shuffled(long seed) {
        var glosses = new ArrayList<>(Stream.concat(read("data.noun").stream(), read("data.verb").stream())
                .toList());
        Collections.shuffle(glosses, new Random(seed));
        return List.copyOf(glosses);
    }

    private static List<Gloss> read(String file) {
        InputStream data = WordNetGlosses.class.getResourceAsStream(DATABASE + file);
        if (data == null) {
            throw new IllegalStateException("no " + DATABASE + file + " on the class path");
        }
        try (var lines = new BufferedReader(new InputStreamReader(data, StandardCharsets.UTF_8))) {
            return lines.lines().flatMap(line -> parse(line).stream()).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The gloss of one line {@code offset file-number part-of-speech ... | gloss}; the licence lines start with a blank. */
    static Optional<Gloss> parse(String line) {
        int mark = line.indexOf(GLOSS_MARK);
        if (line.startsWith(" ") || mark < 0) {
            return Optional.empty();
        }
        String[] fields = line.substring(0, mark).split(" ", 4);
        String label = LEXICOGRAPHER_FILES.get(Integer.parseInt(fields[1]));
        String text = withoutExamples(line.substring(mark + GLOSS_MARK.length()));
        return label.equals(TOPS) || text.isEmpty()
                ? Optional.empty()
                : Optional.of(new Gloss("wn31-" + fields[2] + "-" + fields[0], label, text));
    }

    /** Leaves out the parts between semicolons that start with a quotation mark; semicolons inside quotes separate nothing. */
    static String withoutExamples(String gloss) {
        var kept = new ArrayList<String>();
        var part = new StringBuilder();
        boolean quoted = false;
        for (char c : (gloss + ";").toCharArray()) {
            quoted ^= c == '"';
            if (c == ';' && !quoted) {
                addDefinition(kept, part.toString().strip());
                part.setLength(0);
            } else {
                part.append(c);
            }
        }
        addDefinition(kept, part.toString().strip());
        return String.join("; ", kept);
    }

    private static void addDefinition(List<String> kept, String part) {
        if (!part.isEmpty() && !part.startsWith("\"")) {
            kept.add(part);
        }
    }
}
