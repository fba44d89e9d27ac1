package dev.millrace.standalone;

import dev.millrace.contract.StartupException;
import dev.millrace.standalone.broker.EmbeddedBroker;
import dev.millrace.standalone.broker.LoopbackPort;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Looks at the ports of all parts before the first part starts: the last one would find its port taken only when the others
 * run, and only one would be told of. Owned by one thread.
 */
final class PortCheck {
    private final List<String> taken = new ArrayList<>();
    private final List<String> variables = new ArrayList<>();
    private final Map<Integer, String> seen = new HashMap<>();

    private PortCheck() {}

    /**
     * @param directory of the broker
     * @param kept ports of the other parts that were chosen at an earlier start
     * @throws StartupException names every port that is taken; or says that the directory is in use, which it is for one
     *     reason with them
     */
    static void requireFree(StandaloneConfig config, Path directory, KeptPorts kept) {
        var check = new PortCheck();
        check.look("brokerPort", "BROKER", EmbeddedBroker.port(directory, config.brokerPort()));
        check.look("registryPort", "REGISTRY", kept.wanted("registry", config.registryPort()));
        check.look("inferencePort", "INFERENCE", kept.wanted("inference", config.inferencePort()));
        check.look("trainerPort", "TRAINER", kept.wanted("trainer", config.trainerPort()));
        if (!check.taken.isEmpty()) {
            throw new StartupException("taken already: " + String.join(", ", check.taken)
                    + "; stop the processes that listen there, or choose other ports by these keys or "
                    + String.join(", ", check.variables) + " in the environment");
        }
    }

    private void look(String key, String part, int port) {
        if (port == 0) {
            return;
        }
        String other = seen.putIfAbsent(port, key);
        if (other != null || !LoopbackPort.isFree(port)) {
            taken.add(key + " " + port + (other == null ? "" : " (by " + other + ")"));
            variables.add("STANDALONE_" + part + "_PORT");
        }
    }
}
