package dev.millrace.bench;

import ai.djl.pytorch.jni.JniUtils;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where the time of a step goes, as the native runtime's own profiler sees it: by pass and by kind of operator, each without
 * what it calls. The profiler follows the calling thread, which computes one half of the batch of two; what is spent outside
 * of the runtime, clipping and AdamW above all, is what lies behind the last operator. It slows a step down a little.
 */
final class StepProfile {
    private static final String BACKWARD = "autograd::engine";
    private static final double MICROS = 1e3;
    private static final double MILLIS = 1e6;

    /** Part of an operator's name, and the kind it belongs to; the first that fits counts. */
    private static final List<Map.Entry<String, String>> KINDS = List.of(
            Map.entry("convolution", "products with weights"),
            Map.entry("addmm", "products with weights"),
            Map.entry("aten::mm", "products with weights"),
            Map.entry("bmm", "products of attention"),
            Map.entry("softmax", "softmax"),
            Map.entry("gelu", "GELU"),
            Map.entry("layer_norm", "layer norm"),
            Map.entry("copy_", "copies into another layout"),
            Map.entry("aten::add", "sums, scales, masks"),
            Map.entry("aten::div", "sums, scales, masks"),
            Map.entry("aten::mul", "sums, scales, masks"),
            Map.entry("AccumulateGrad", "gathering gradients"));

    private static final String OTHER = "everything else";

    private final List<Map<String, Double>> steps = new ArrayList<>();

    /** Runs one step and adds what it took. */
    void add(Runnable step) throws IOException {
        Path file = Files.createTempFile("millrace-step", ".json");
        try {
            JniUtils.startProfile(false, false, false);
            long started = System.nanoTime();
            step.run();
            double millis = (System.nanoTime() - started) / MILLIS;
            JniUtils.stopProfile(file.toString());
            steps.add(parts(new ObjectMapper().readTree(file.toFile()), millis));
        } finally {
            Files.delete(file);
        }
    }

    /** One operator that ran; {@code own} is its time without the operators within. Microseconds. */
    private static final class Event {
        final String name;
        final double start;
        final double end;
        double own;

        Event(JsonNode json) {
            this.name = json.get("name").asText();
            this.start = json.get("ts").asDouble();
            this.own = json.get("dur").asDouble();
            this.end = start + own;
        }
    }

    private static Map<String, Double> parts(JsonNode trace, double stepMillis) {
        List<Event> events = new ArrayList<>();
        trace.forEach(json -> events.add(new Event(json)));
        events.sort(Comparator.comparingDouble((Event event) -> event.start).thenComparingDouble(event -> -event.end));
        Map<String, Double> parts = new TreeMap<>();
        Deque<Event> open = new ArrayDeque<>();
        double backwardFrom = 0;
        double backwardTo = 0;
        for (Event event : events) {
            while (!open.isEmpty() && open.peek().end <= event.start) {
                open.pop();
            }
            if (!open.isEmpty()) {
                open.peek().own -= event.end - event.start;
            } else if (event.name.startsWith(BACKWARD)) {
                backwardFrom = backwardFrom == 0 ? event.start : backwardFrom;
                backwardTo = event.end;
            }
            open.push(event);
        }
        for (Event event : events) {
            String pass = backwardFrom == 0 || event.start < backwardFrom ? "forward" : "backward";
            parts.merge(pass + "  " + kind(event.name), event.own / MICROS, Double::sum);
        }
        parts.put("forward", backwardFrom / MICROS);
        parts.put("backward", (backwardTo - backwardFrom) / MICROS);
        parts.put("clipping and AdamW", stepMillis - backwardTo / MICROS);
        return parts;
    }

    private static String kind(String name) {
        return KINDS.stream()
                .filter(kind ->
                        name.toLowerCase(Locale.ROOT).contains(kind.getKey().toLowerCase(Locale.ROOT)))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(OTHER);
    }

    /** The median of each part over the steps, a line each, milliseconds. */
    String report() {
        TreeMap<String, double[]> parts = new TreeMap<>();
        for (int i = 0; i < steps.size(); i++) {
            for (Map.Entry<String, Double> part : steps.get(i).entrySet()) {
                parts.computeIfAbsent(part.getKey(), k -> new double[steps.size()])[i] = part.getValue();
            }
        }
        StringBuilder text = new StringBuilder();
        parts.forEach((name, millis) -> {
            Arrays.sort(millis);
            text.append(String.format(Locale.ROOT, "  %-44s %7.1f ms%n", name, millis[millis.length / 2]));
        });
        return text.toString();
    }
}
