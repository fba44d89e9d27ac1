package dev.millrace.contract;

import java.util.Locale;
import java.util.stream.Stream;

/** Which client properties are never printed. Stateless. */
final class SecretKeys {
    /** What is printed in place of a secret. */
    static final String MASK = "***";

    private SecretKeys() {}

    /** Whether a client property of this name holds a secret, for example {@code sasl.jaas.config}. */
    static boolean isSecret(String key) {
        String lower = key.toLowerCase(Locale.ROOT);
        return Stream.of("password", "secret", "token", "jaas", "user.info", "credentials", "keystore.key")
                .anyMatch(lower::contains);
    }
}
