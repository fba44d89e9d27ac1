package dev.millrace.trainer;

import dev.millrace.contract.ConfigLoader;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The shipped configuration, changed as a test needs it. */
final class Configs {
    private Configs() {}

    /**
     * With one training thread, unless the settings say another number.
     *
     * @param checkpoints directory of the checkpoints
     * @param common settings of all tests of a class, {@code KEY=value} with the key as in the environment, without prefix
     * @param settings of one of them, in the same form
     */
    static TrainerConfig of(Path checkpoints, List<String> common, String... settings) {
        Map<String, String> environment = new HashMap<>();
        environment.put("TRAINER_CHECKPOINT__DIRECTORY", checkpoints.toString());
        environment.put("TRAINER_POLICY__THREADS", "1");
        common.forEach(setting -> put(environment, setting));
        List.of(settings).forEach(setting -> put(environment, setting));
        return ConfigLoader.load(TrainerConfig.class, "trainer.yaml", Optional.empty(), "TRAINER", environment);
    }

    private static void put(Map<String, String> environment, String setting) {
        String[] parts = setting.split("=", 2);
        environment.put("TRAINER_" + parts[0], parts[1]);
    }
}
