package dev.millrace.standalone.registry;

import java.util.List;
import java.util.Optional;

/**
 * Which version of a subject a client asks for. Immutable.
 *
 * @param number 1, 2, 3 ..., or {@link #LATEST}
 */
record Version(int number) {
    private static final int LATEST = -1;

    /**
     * Reads {@code latest}, {@code -1} or a positive number.
     *
     * @throws RegistryException for anything else
     */
    static Version parse(String text) throws RegistryException {
        if (text.equals("latest") || text.equals("-1")) {
            return new Version(LATEST);
        }
        try {
            int number = Integer.parseInt(text);
            if (number > 0) {
                return new Version(number);
            }
        } catch (NumberFormatException e) {
            throw invalid(text);
        }
        throw invalid(text);
    }

    private static RegistryException invalid(String text) {
        return new RegistryException(
                42202,
                "The specified version '" + text
                        + "' is not a valid version id. Allowed values are between [1, 2^31-1] and the string \"latest\"");
    }

    boolean isLatest() {
        return number == LATEST;
    }

    Optional<RegisteredSchema> of(List<RegisteredSchema> versions) {
        return versions.stream()
                .filter(version -> isLatest() || version.version() == number)
                .reduce((earlier, later) -> later);
    }
}
