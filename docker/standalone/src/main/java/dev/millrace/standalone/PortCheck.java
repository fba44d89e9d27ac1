package dev.millrace.standalone;

import dev.millrace.contract.StartupException;
import dev.millrace.standalone.broker.EmbeddedBroker;
import dev.millrace.standalone.broker.LoopbackPort;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;

/**
 * Looks at the ports of all parts before the first part starts: the last one would find its port taken only when the others
 * run, and only one would be told of. Owned by one thread.
 */
final class PortCheck {
    private final List<String> taken = new ArrayList<>();
    private final List<String> refused = new ArrayList<>();
    private final List<String> variables = new ArrayList<>();
    private final Map<Integer, String> seen = new HashMap<>();
    private final IntFunction<Optional<LoopbackPort.Refusal>> refusal;

    /** @param refusal of a port by the system */
    PortCheck(IntFunction<Optional<LoopbackPort.Refusal>> refusal) {
        this.refusal = refusal;
    }

    /**
     * @param directory of the broker
     * @param kept ports of the other parts that were chosen at an earlier start
     * @throws StartupException names every port that cannot be listened on; or says that the directory is in use, which it is for one
     *     reason with them
     */
    static void requireFree(StandaloneConfig config, Path directory, KeptPorts kept) {
        var check = new PortCheck(LoopbackPort::refusal);
        check.look("brokerPort", "BROKER", EmbeddedBroker.port(directory, config.brokerPort()));
        check.look("registryPort", "REGISTRY", kept.wanted("registry", config.registryPort()));
        check.look("inferencePort", "INFERENCE", kept.wanted("inference", config.inferencePort()));
        check.look("trainerPort", "TRAINER", kept.wanted("trainer", config.trainerPort()));
        check.requireNone();
    }

    void look(String key, String part, int port) {
        if (port == 0) {
            return;
        }
        String other = seen.putIfAbsent(port, key);
        if (other != null) {
            taken.add(key + " " + port + " (by " + other + ")");
            variables.add(variable(part));
            return;
        }
        refusal.apply(port).ifPresent(why -> {
            if (why.inUse()) {
                taken.add(key + " " + port);
            } else {
                refused.add(key + " " + port + " (" + why.words() + ")");
            }
            variables.add(variable(part));
        });
    }

    private static String variable(String part) {
        return "STANDALONE_" + part + "_PORT";
    }

    void requireNone() {
        if (variables.isEmpty()) {
            return;
        }
        List<String> said = new ArrayList<>();
        if (!taken.isEmpty()) {
            said.add("taken already: " + String.join(", ", taken));
        }
        if (!refused.isEmpty()) {
            said.add("cannot be listened on: " + String.join(", ", refused));
        }
        said.add((taken.isEmpty() ? "" : "stop the processes that listen there, or ")
                + "choose other ports by these keys or " + String.join(", ", variables) + " in the environment");
        throw new StartupException(String.join("; ", said));
    }
}
