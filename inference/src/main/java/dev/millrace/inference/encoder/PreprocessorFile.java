package dev.millrace.inference.encoder;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a {@code preprocessor_config.json} says, as far as it changes pixels. One key is Millrace's own:
 * {@code channel_order} ({@code RGB} or {@code BGR}); everything else is as Hugging Face's image processors read it. Keys
 * that are known to change nothing are passed over, any other is refused. Immutable.
 *
 * @param resize new size, or empty
 * @param resampling how to resize
 * @param crop size of the middle that is kept, or empty
 * @param factor of each 8-bit sample before normalisation
 * @param mean of each channel, taken off
 * @param deviation of each channel, divided by
 * @param isBgr whether blue comes first
 */
record PreprocessorFile(
        Optional<Resize> resize,
        Resampling resampling,
        Optional<Size> crop,
        double factor,
        List<Double> mean,
        List<Double> deviation,
        boolean isBgr) {

    /** A size in pixels. */
    record Size(int height, int width) {}

    /**
     * How the new size follows from the old.
     *
     * @param shortestEdge length of the shorter side, the other in proportion; 0 when both are given
     * @param size of both sides, when the shortest edge is 0
     */
    record Resize(int shortestEdge, Size size) {
        /** The new size, the longer side cut down to a whole number. */
        Size of(int width, int height) {
            if (shortestEdge == 0) {
                return size;
            }
            return width <= height
                    ? new Size(longer(height, width), shortestEdge)
                    : new Size(shortestEdge, longer(width, height));
        }

        private int longer(int longSide, int shortSide) {
            return (int) Math.min(Integer.MAX_VALUE, (long) shortestEdge * longSide / shortSide);
        }
    }

    private static final int MAX_EDGE = 4096;
    private static final double USUAL_FACTOR = 1 / 255.0;
    private static final Set<String> READ = Set.of(
            "do_resize",
            "size",
            "resample",
            "do_center_crop",
            "crop_size",
            "do_rescale",
            "rescale_factor",
            "do_normalize",
            "image_mean",
            "image_std",
            "channel_order",
            "do_flip_channel_order");
    /** Images are always converted to three colours; the rest names classes or shapes and changes no pixel. */
    private static final Set<String> PASSED_OVER = Set.of(
            "do_convert_rgb",
            "image_processor_type",
            "feature_extractor_type",
            "processor_class",
            "default_to_square",
            "num_channels",
            "patch_size",
            "data_format",
            "input_data_format",
            "return_tensors",
            "device",
            "disable_grouping",
            "image_seq_length");

    /**
     * Reads the file.
     *
     * @throws IOException saying which key is wrong, its value and what is allowed
     */
    static PreprocessorFile of(byte[] json) throws IOException {
        JsonNode root = new JsonMapper().readTree(json);
        if (root == null || !root.isObject()) {
            throw new IOException("it must be a JSON object such as {\"size\": {\"height\": 224, \"width\": 224}}");
        }
        Set<String> unknown = new TreeSet<>();
        root.properties().forEach(entry -> {
            boolean isSwitchedOff = entry.getValue().isNull()
                    || (entry.getValue().isBoolean() && !entry.getValue().booleanValue());
            boolean isPrivate = entry.getKey().startsWith("_");
            if (!READ.contains(entry.getKey())
                    && !PASSED_OVER.contains(entry.getKey())
                    && !isSwitchedOff
                    && !isPrivate) {
                unknown.add(entry.getKey());
            }
        });
        if (!unknown.isEmpty()) {
            throw new IOException("the keys " + unknown + " may change pixels and are not known; allowed are "
                    + new TreeSet<>(READ) + ", and keys that are null or false");
        }
        JsonKeys keys = new JsonKeys(root);
        boolean isNormalized = keys.flag("do_normalize", root.has("image_mean"));
        return new PreprocessorFile(
                keys.flag("do_resize", root.has("size")) ? Optional.of(resize(root.path("size"))) : Optional.empty(),
                resampling(root.path("resample")),
                keys.flag("do_center_crop", false)
                        ? Optional.of(size("crop_size", root.path("crop_size")))
                        : Optional.empty(),
                keys.flag("do_rescale", true) ? keys.number("rescale_factor", USUAL_FACTOR) : 1,
                isNormalized ? keys.numbers("image_mean") : List.of(0.0),
                isNormalized ? keys.numbers("image_std") : List.of(1.0),
                isBgr(root, keys));
    }

    private static boolean isBgr(JsonNode root, JsonKeys keys) throws IOException {
        boolean isFlipped = keys.flag("do_flip_channel_order", false);
        String order = root.path("channel_order").asText(isFlipped ? "BGR" : "RGB");
        if (!order.equals("RGB") && !order.equals("BGR")) {
            throw new IOException("channel_order must be \"RGB\" or \"BGR\", was \"" + order + "\"");
        }
        return order.equals("BGR");
    }

    private static Resize resize(JsonNode size) throws IOException {
        if (size.has("shortest_edge") && size.size() == 1) {
            return new Resize(edge("size.shortest_edge", size.path("shortest_edge")), new Size(1, 1));
        }
        if (!size.isObject()) {
            throw new IOException("size must be {\"height\": h, \"width\": w} or {\"shortest_edge\": s}, was " + size);
        }
        return new Resize(0, size("size", size));
    }

    private static Size size(String key, JsonNode size) throws IOException {
        if (size.isIntegralNumber()) {
            return new Size(edge(key, size), edge(key, size));
        }
        if (!size.has("height") || !size.has("width") || size.size() != 2) {
            throw new IOException(key + " must be {\"height\": h, \"width\": w}, was " + size);
        }
        return new Size(edge(key + ".height", size.path("height")), edge(key + ".width", size.path("width")));
    }

    private static int edge(String key, JsonNode value) throws IOException {
        if (!value.isIntegralNumber()
                || !value.canConvertToInt()
                || value.intValue() < 1
                || value.intValue() > MAX_EDGE) {
            throw new IOException(key + " must be a whole number from 1 to " + MAX_EDGE + ", was " + value);
        }
        return value.intValue();
    }

    /** Pillow's number or its name; bilinear when absent. */
    private static Resampling resampling(JsonNode value) throws IOException {
        return switch (value.isMissingNode() || value.isNull() ? "2" : value.asText()) {
            case "0", "nearest" -> Resampling.NEAREST;
            case "2", "bilinear" -> Resampling.BILINEAR;
            case "3", "bicubic" -> Resampling.BICUBIC;
            default ->
                throw new IOException("resample must be 0 (nearest), 2 (bilinear) or 3 (bicubic), was " + value
                        + "; nearly always bicubic is meant and close");
        };
    }

    /** Typed access to single keys. */
    private record JsonKeys(JsonNode root) {
        boolean flag(String key, boolean otherwise) throws IOException {
            JsonNode value = root.path(key);
            if (value.isMissingNode() || value.isNull()) {
                return otherwise;
            }
            if (!value.isBoolean()) {
                throw new IOException(key + " must be true or false, was " + value);
            }
            return value.booleanValue();
        }

        double number(String key, double otherwise) throws IOException {
            JsonNode value = root.path(key);
            if (value.isMissingNode() || value.isNull()) {
                return otherwise;
            }
            if (!value.isNumber() || !Double.isFinite(value.doubleValue()) || value.doubleValue() <= 0) {
                throw new IOException(key + " must be a positive number, was " + value);
            }
            return value.doubleValue();
        }

        List<Double> numbers(String key) throws IOException {
            JsonNode value = root.path(key);
            double[] numbers = new double[value.size()];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = value.get(i) != null && value.get(i).isNumber()
                        ? value.get(i).doubleValue()
                        : Double.NaN;
            }
            boolean isPositive =
                    key.equals("image_mean") || Arrays.stream(numbers).allMatch(number -> number > 0);
            if (numbers.length == 0 || !isPositive || !Arrays.stream(numbers).allMatch(Double::isFinite)) {
                throw new IOException(key + " must be a list of finite numbers, one for each channel"
                        + (key.equals("image_std") ? ", above 0" : "") + "; was " + value);
            }
            return Arrays.stream(numbers).boxed().toList();
        }
    }
}
