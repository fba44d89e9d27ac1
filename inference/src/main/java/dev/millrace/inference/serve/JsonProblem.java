package dev.millrace.inference.serve;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.regex.Pattern;

/** What the JSON library has to say of a text, without its talk of itself. Stateless. */
public final class JsonProblem {
    /** It gives no source, since that may hold secrets, but says so at length wherever it gives a place. */
    private static final Pattern PLACE = Pattern.compile("\\[Source: [^\\]]*; (line): (\\d+), (column): (\\d+)]");

    private JsonProblem() {}

    /** One sentence. */
    public static String words(JsonProcessingException problem) {
        return PLACE.matcher(problem.getOriginalMessage()).replaceAll("$1 $2, $3 $4");
    }
}
