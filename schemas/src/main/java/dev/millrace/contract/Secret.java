package dev.millrace.contract;

import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A configuration value that is never printed. Immutable.
 *
 * @param value the secret itself
 */
public record Secret(String value) {
    /** What is printed in place of a secret. */
    public static final String MASK = "***";

    public Secret {
        Objects.requireNonNull(value, "value");
    }

    /** Whether a client property of this name holds a secret, for example {@code sasl.jaas.config}. */
    public static boolean isSecretKey(String key) {
        String lower = key.toLowerCase(Locale.ROOT);
        return Stream.of("password", "secret", "token", "jaas", "user.info", "credentials", "keystore.key")
                .anyMatch(lower::contains);
    }

    @Override
    public String toString() {
        return MASK;
    }
}
