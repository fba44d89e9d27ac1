package dev.millrace.contract;

import dev.millrace.contract.ConfigNode.Source;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.StringReader;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/** Reads the places where configuration is written into {@link ConfigNode} trees; one use, one thread. */
final class ConfigSources {
    /** Set by Kubernetes in each pod for each service of the namespace; a service may well be called as our prefix is. */
    private static final Pattern KUBERNETES_SERVICE_LINK =
            Pattern.compile("SERVICE_HOST|SERVICE_PORT(_.*)?|PORT|PORT_\\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?");
    /** Separates what a variable lists, but not inside braces: {@code layer.{3,4}/**} is one pattern. */
    private static final Pattern COMMA = Pattern.compile(",(?![^{]*})");
    /** Read by the logging configuration itself, which takes an unknown level for another without a word. */
    private static final String LOG_LEVEL = "MILLRACE_LOG_LEVEL";

    private static final List<String> LOG_LEVELS = List.of("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "OFF");

    private final List<String> problems;

    /**
     * Starts with nothing wrong.
     *
     * @param problems takes what is wrong, one sentence each
     */
    ConfigSources(List<String> problems) {
        this.problems = problems;
    }

    /** Adds a level of logging that there is none of. */
    void logLevel(Map<String, String> environment) {
        String level = environment.get(LOG_LEVEL);
        if (level != null && !LOG_LEVELS.contains(level.toUpperCase(Locale.ROOT))) {
            problems.add(LOG_LEVEL + " must be one of " + String.join(", ", LOG_LEVELS) + ", was \"" + level
                    + "\"; left out it is INFO, or for a command ERROR");
        }
    }

    ConfigNode shipped(Class<?> anchor, String resource) {
        String absolute = resource.startsWith("/") ? resource : "/" + resource;
        try (InputStream in = anchor.getResourceAsStream(absolute)) {
            if (in == null) {
                throw new IllegalArgumentException("no resource " + absolute + " beside " + anchor.getName());
            }
            return yaml(new InputStreamReader(in, StandardCharsets.UTF_8), resource, Source.SHIPPED);
        } catch (IOException e) {
            throw new IllegalArgumentException("cannot read resource " + absolute, e);
        }
    }

    ConfigNode file(Path file) {
        try (Reader reader = new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8)) {
            return yaml(reader, file.toString(), Source.FILE);
        } catch (NoSuchFileException e) {
            problems.add("configuration file " + file + " does not exist");
        } catch (IOException e) {
            problems.add("configuration file: " + UnreadableFile.words(file, e));
        }
        return ConfigNode.Section.empty(file.toString());
    }

    /** Variables {@code PREFIX_SECTION__KEY}, in the order of their names. */
    ConfigNode environment(Class<?> type, String prefix, Map<String, String> environment) {
        ConfigNode tree = ConfigNode.Section.empty("environment");
        for (Map.Entry<String, String> variable : new TreeMap<>(environment).entrySet()) {
            String name = variable.getKey();
            if (!name.startsWith(prefix + "_") || name.equals(LOG_LEVEL)) {
                continue;
            }
            String rest = name.substring(prefix.length() + 1);
            Optional<List<String>> keys = keysOf(type, rest);
            if (keys.isPresent()) {
                ConfigNode value = new ConfigNode.Scalar(variable.getValue(), name, Source.ENVIRONMENT);
                tree = tree.overlaidBy(ConfigNode.Section.nested(keys.get(), value));
            } else if (!KUBERNETES_SERVICE_LINK.matcher(rest).matches()) {
                problems.add("unknown environment variable " + name + "; a variable is " + prefix
                        + "_SECTION__KEY with the names of the configuration file in capitals");
            }
        }
        return tree;
    }

    /** {@code GRPO__EPSILON_LOW} to {@code [grpo, epsilonLow]}; under a map, {@code SASL_MECHANISM} to {@code sasl.mechanism}. */
    private static Optional<List<String>> keysOf(Class<?> type, String rest) {
        List<String> keys = new ArrayList<>();
        Class<?> level = type;
        for (String part : rest.split("__", -1)) {
            if (level == Map.class) {
                keys.add(part.toLowerCase(Locale.ROOT).replace('_', '.'));
                level = String.class;
                continue;
            }
            Optional<RecordComponent> component = Optional.ofNullable(level.getRecordComponents()).stream()
                    .flatMap(Arrays::stream)
                    .filter(each -> upperSnake(each.getName()).equals(part))
                    .findFirst();
            if (component.isEmpty()) {
                return Optional.empty();
            }
            keys.add(component.get().getName());
            level = component.get().getType();
        }
        return Optional.of(keys);
    }

    /** {@code epsilonLow} to {@code EPSILON_LOW}. */
    static String upperSnake(String camelCase) {
        return camelCase.replaceAll("(?<=[a-z0-9])(?=[A-Z])", "_").toUpperCase(Locale.ROOT);
    }

    /** A list that is written in one environment variable: {@code a, b} or, as in YAML, {@code ["a", "b"]}. */
    static ConfigNode list(ConfigNode.Scalar variable) {
        String text = variable.text() == null ? "" : variable.text().strip();
        if (text.startsWith("[")) {
            List<String> ignored = new ArrayList<>();
            ConfigNode node = new ConfigSources(ignored)
                    .yaml(new StringReader("list: " + text), variable.origin(), Source.ENVIRONMENT);
            return node instanceof ConfigNode.Section section && ignored.isEmpty()
                    ? section.entries().getOrDefault("list", variable)
                    : variable;
        }
        List<ConfigNode> values = COMMA.splitAsStream(text)
                .map(String::strip)
                .filter(item -> !item.isEmpty())
                .<ConfigNode>map(item -> new ConfigNode.Scalar(item, variable.origin(), Source.ENVIRONMENT))
                .toList();
        return new ConfigNode.Items(values, variable.origin());
    }

    private ConfigNode yaml(Reader reader, String name, Source source) {
        try {
            Node root = new Yaml(new LoaderOptions()).compose(reader);
            if (root == null || root.getTag().equals(Tag.NULL)) {
                return ConfigNode.Section.empty(name);
            }
            if (root instanceof MappingNode) {
                return convert(root, name, source);
            }
            problems.add(name + " must hold keys and values (key: value)");
        } catch (MarkedYAMLException e) {
            problems.add(name + " is no valid YAML: " + e.getProblem() + " (line "
                    + (e.getProblemMark() == null ? "?" : e.getProblemMark().getLine() + 1) + ")");
        } catch (YAMLException e) {
            problems.add(name + " is no valid YAML: " + e.getMessage());
        }
        return ConfigNode.Section.empty(name);
    }

    private ConfigNode convert(Node node, String name, Source source) {
        String origin = name + " line " + (node.getStartMark().getLine() + 1);
        if (node instanceof ScalarNode scalar) {
            String text = scalar.getTag().equals(Tag.NULL) ? null : scalar.getValue();
            return new ConfigNode.Scalar(text, origin, source);
        }
        if (node instanceof SequenceNode sequence) {
            return new ConfigNode.Items(
                    sequence.getValue().stream()
                            .map(item -> convert(item, name, source))
                            .toList(),
                    origin);
        }
        Map<String, ConfigNode> entries = new LinkedHashMap<>();
        for (NodeTuple tuple : ((MappingNode) node).getValue()) {
            String key = tuple.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "?";
            if (entries.put(key, convert(tuple.getValueNode(), name, source)) != null) {
                problems.add("key " + key + " is written twice (" + name + " line "
                        + (tuple.getKeyNode().getStartMark().getLine() + 1) + ")");
            }
        }
        return new ConfigNode.Section(entries, origin);
    }
}
