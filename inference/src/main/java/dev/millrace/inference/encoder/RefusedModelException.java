package dev.millrace.inference.encoder;

import java.util.List;

/** A model that cannot be used, with every reason found. The message lists all of them. */
public final class RefusedModelException extends Exception {
    private final transient List<String> problems;

    /**
     * @param origin where the model came from, for people: a path or a snapshot's name
     * @param problems at least one; each says what was seen and what is allowed
     */
    public RefusedModelException(String origin, List<String> problems) {
        super(origin + " is refused: " + String.join("; ", problems));
        this.problems = List.copyOf(problems);
    }

    /** Each problem by itself: node name, operator and reason where a node is to blame. */
    public List<String> problems() {
        return problems;
    }
}
