package dev.millrace.trainer.policy;

import dev.millrace.contract.ConfigLoader;
import dev.millrace.trainer.TrainerConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** The policy section of the shipped configuration with some keys replaced. */
final class PolicySettings {
    private PolicySettings() {}

    /** @param keys of the policy section, as within YAML's braces; one thread trains unless they say otherwise */
    static PolicyConfig of(String keys) {
        try {
            Path file = Files.createTempFile("policy", ".yaml");
            try {
                Files.writeString(file, "policy: {" + (keys.contains("threads:") ? "" : "threads: 1, ") + keys + "}");
                return ConfigLoader.load(TrainerConfig.class, "trainer.yaml", Optional.of(file), "TRAINER", Map.of())
                        .policy();
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
