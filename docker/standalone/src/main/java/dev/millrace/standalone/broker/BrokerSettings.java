package dev.millrace.standalone.broker;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Kafka's settings for one small node: quick to start, quick to notice a client that died, little memory. Stateless. */
final class BrokerSettings {
    private static final String LOOPBACK = "127.0.0.1";
    /** Partitions of each internal topic; the default of 50 costs start-up time and files, and one process needs few. */
    private static final String INTERNAL_PARTITIONS = "4";
    /** A group member that died without leaving is given up after this; its successor waits for it. */
    private static final String GROUP_SESSION_MILLIS = "10000";

    private BrokerSettings() {}

    static String bootstrapServers(BrokerPorts ports) {
        return LOOPBACK + ":" + ports.client();
    }

    static Map<String, String> of(Path logs, BrokerPorts ports) {
        Map<String, String> settings = new HashMap<>();
        listeners(settings, ports);
        settings.put("log.dirs", logs.toString());
        settings.put("auto.create.topics.enable", "false"); // a typing error must not become a topic
        singleCopy(settings);
        groups(settings);
        quorum(settings);
        small(settings);
        return settings;
    }

    private static void listeners(Map<String, String> settings, BrokerPorts ports) {
        String controller = LOOPBACK + ":" + ports.controller();
        String client = "PLAINTEXT://" + bootstrapServers(ports);
        settings.put("process.roles", "broker,controller");
        settings.put("node.id", Integer.toString(BrokerDirectory.NODE_ID));
        settings.put("controller.quorum.voters", BrokerDirectory.NODE_ID + "@" + controller);
        settings.put("controller.listener.names", BrokerDirectory.CONTROLLER_LISTENER);
        settings.put("listeners", client + "," + BrokerDirectory.CONTROLLER_LISTENER + "://" + controller);
        settings.put("advertised.listeners", client);
        settings.put(
                "listener.security.protocol.map",
                "PLAINTEXT:PLAINTEXT," + BrokerDirectory.CONTROLLER_LISTENER + ":PLAINTEXT");
        settings.put("inter.broker.listener.name", "PLAINTEXT");
    }

    private static void singleCopy(Map<String, String> settings) {
        for (String topic : List.of("offsets.topic", "transaction.state.log", "share.coordinator.state.topic")) {
            settings.put(topic + ".replication.factor", "1");
            settings.put(topic + ".num.partitions", INTERNAL_PARTITIONS);
        }
        settings.put("transaction.state.log.min.isr", "1");
        settings.put("share.coordinator.state.topic.min.isr", "1");
        settings.put("default.replication.factor", "1");
    }

    private static void groups(Map<String, String> settings) {
        settings.put("group.initial.rebalance.delay.ms", "0");
        settings.put("group.streams.initial.rebalance.delay.ms", "0");
        for (String protocol : List.of("group.consumer", "group.streams")) {
            settings.put(protocol + ".min.heartbeat.interval.ms", "500");
            settings.put(protocol + ".heartbeat.interval.ms", "500");
            settings.put(protocol + ".min.session.timeout.ms", GROUP_SESSION_MILLIS);
            settings.put(protocol + ".session.timeout.ms", GROUP_SESSION_MILLIS);
        }
    }

    /** After a kill the node waits for the session of its former self: 3 s in place of 9 s. */
    private static void quorum(Map<String, String> settings) {
        settings.put("broker.heartbeat.interval.ms", "500");
        settings.put("broker.session.timeout.ms", "3000");
        settings.put("controller.quorum.election.timeout.ms", "200");
        settings.put("controller.quorum.election.backoff.max.ms", "200");
    }

    private static void small(Map<String, String> settings) {
        settings.put("log.cleaner.dedupe.buffer.size", "8388608");
        settings.put("num.io.threads", "2");
        settings.put("num.network.threads", "2");
        settings.put("background.threads", "2");
        settings.put("server.max.startup.time.ms", "120000"); // the default is to hang for ever
    }
}
