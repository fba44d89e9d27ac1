package dev.millrace.inference.encoder;

import java.util.List;

/** A model that cannot be used, with every reason found. The message lists all of them. */
public final class RefusedModelException extends Exception {
    /** A message ends somewhere, a damaged file's problems need not. */
    private static final int MAX_TOLD = 100;

    private final transient List<String> problems;

    /**
     * @param origin where the model came from, for people: a path or a snapshot's name
     * @param problems at least one; each says what was seen and what is allowed
     */
    public RefusedModelException(String origin, List<String> problems) {
        super(origin + " is refused: " + told(problems));
        this.problems = List.copyOf(problems);
    }

    private static String told(List<String> problems) {
        int more = problems.size() - MAX_TOLD;
        return String.join("; ", problems.subList(0, Math.min(problems.size(), MAX_TOLD)))
                + (more > 0 ? "; and " + more + " more" : "");
    }

    /** Each problem by itself: node name, operator and reason where a node is to blame. */
    public List<String> problems() {
        return problems;
    }
}
