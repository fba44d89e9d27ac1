package dev.millrace.standalone.registry;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A method and a path that are answered. Immutable.
 *
 * @param method for example {@code GET}
 * @param path segments; {@code *} stands for any one
 * @param handler makes the reply
 */
record Route(String method, List<String> path, Handler handler) {
    private static final String ANY = "*";

    /** Makes a reply, which is written as JSON. */
    @FunctionalInterface
    interface Handler {
        /**
         * Answers.
         *
         * @param names the segments that {@code *} stood for
         */
        Object answer(RegistryRequest request, List<String> names) throws RegistryException, InterruptedException;
    }

    static Route of(String method, String path, Handler handler) {
        return new Route(method, path.isEmpty() ? List.of() : List.of(path.split("/")), handler);
    }

    /** What the stars stand for, or empty when the path is another. */
    Optional<List<String>> match(List<String> asked) {
        if (asked.size() != path.size()) {
            return Optional.empty();
        }
        List<String> names = new ArrayList<>();
        for (int i = 0; i < asked.size(); i++) {
            if (path.get(i).equals(ANY)) {
                names.add(asked.get(i));
            } else if (!path.get(i).equals(asked.get(i))) {
                return Optional.empty();
            }
        }
        return Optional.of(names);
    }
}
