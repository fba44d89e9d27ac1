package dev.millrace.standalone;

import dev.millrace.contract.ConfigLoader;
import dev.millrace.contract.KafkaConfig;
import dev.millrace.contract.StartupException;
import dev.millrace.inference.InferenceConfig;
import dev.millrace.inference.encoder.EncoderGraph;
import dev.millrace.inference.encoder.InputKind;
import dev.millrace.inference.encoder.ModelConfig;
import dev.millrace.inference.encoder.RefusedModelException;
import dev.millrace.trainer.TrainerConfig;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * What the parts are told: their own shipped defaults and the user's wishes, and above both the places and addresses that
 * they share in this process. Immutable.
 *
 * @param config of the standalone process
 * @param directory that everything is kept in
 * @param environment variables of the parts, {@code TRAINER_...} and {@code INFERENCE_...}
 */
record PartSettings(StandaloneConfig config, Path directory, Map<String, String> environment) {
    private static final String LOOPBACK = "127.0.0.1";
    private static final String BUNDLED_MODEL = "all-minilm-l6-v2";

    PartSettings {
        environment = Map.copyOf(environment);
    }

    /**
     * The trainer's configuration.
     *
     * @param bootstrapServers and {@code registryUrl} are those of this process
     */
    TrainerConfig trainer(String bootstrapServers, String registryUrl, int port) {
        Map<String, String> told = told("TRAINER_", bootstrapServers, registryUrl, port);
        told.put("TRAINER_CHECKPOINT__DIRECTORY", path("checkpoints"));
        told.put("TRAINER_BATCH__STATE_DIRECTORY", path("former"));
        return ConfigLoader.load(
                TrainerConfig.class, "trainer.yaml", Optional.ofNullable(config.trainer()), "TRAINER", told);
    }

    /**
     * The inference service's configuration, beside the trainer. Where it says nothing of threads, it gets the cores that
     * {@code policy.threads} leaves, and one at least: training and serving do not both take all of them.
     *
     * @param cores of the machine
     */
    InferenceConfig inference(TrainerConfig trainer, int port, int cores) {
        KafkaConfig kafka = trainer.kafka();
        Map<String, String> told = told("INFERENCE_", kafka.bootstrapServers(), kafka.registryUrl(), port);
        told.put("INFERENCE_KAFKA__TOPIC_PREFIX", kafka.topicPrefix());
        told.put("INFERENCE_INSTANCE", "standalone");
        InferenceConfig wished = inference(told);
        if (wished.encode().threads() > 0) {
            return wished;
        }
        int left = Math.max(1, cores - trainer.policy().threads());
        told.put("INFERENCE_ENCODE__THREADS", Integer.toString(left));
        return inference(told);
    }

    private InferenceConfig inference(Map<String, String> told) {
        return ConfigLoader.load(
                InferenceConfig.class, "inference.yaml", Optional.ofNullable(config.inference()), "INFERENCE", told);
    }

    private Map<String, String> told(String prefix, String bootstrapServers, String registryUrl, int port) {
        Map<String, String> told = new HashMap<>(environment);
        BiConsumer<String, Object> tell = (key, value) -> told.put(prefix + key, value.toString());
        tell.accept("KAFKA__BOOTSTRAP_SERVERS", bootstrapServers);
        tell.accept("KAFKA__REGISTRY_URL", registryUrl);
        tellOfTheModel((key, value) -> tell.accept("MODEL__" + key, value));
        tell.accept("SNAPSHOT__STORE", path("snapshots"));
        tell.accept("HTTP__HOST", LOOPBACK);
        tell.accept("HTTP__PORT", port);
        return told;
    }

    private void tellOfTheModel(BiConsumer<String, Object> tell) {
        StandaloneConfig.Encoder model = config.model();
        tell.accept("NAME", model.name());
        tell.accept("INPUT", model.input());
        tell.accept("FILE", modelFile());
        if (model.input() == InputKind.TEXT) {
            tell.accept("TOKENIZER", tokenizerFile());
        }
        tell.accept("MAX_TOKENS", model.maxTokens());
        tell.accept("PREFIX", model.prefix());
        if (model.preprocessing() != null) {
            tell.accept("PREPROCESSING", model.preprocessing());
        }
        tell.accept("POOLING", model.pooling());
        tell.accept("OUTPUT", model.output());
    }

    private Path modelFile() {
        Path file = config.model().file();
        return file != null ? file : bundled(BUNDLED_MODEL + ".onnx");
    }

    private Path tokenizerFile() {
        Path file = config.model().tokenizer();
        Path model = config.model().file();
        if (file != null) {
            return file;
        }
        if (model == null) {
            return bundled(BUNDLED_MODEL + "-tokenizer.json");
        }
        Path beside = model.resolveSibling("tokenizer.json");
        if (Files.exists(beside)) {
            return beside;
        }
        requireGraph(model);
        throw new StartupException(
                "model.tokenizer is missing: " + model + " reads TEXT and has no tokenizer.json beside"
                        + " it; name the one it was trained with, since another one's ids mean other words");
    }

    /** What is no model has no tokenizer either; that it is none is what matters then. */
    private static void requireGraph(Path model) {
        try {
            EncoderGraph unused = ModelConfig.readGraph(model);
        } catch (RefusedModelException e) {
            throw new StartupException(String.valueOf(e.getMessage()), e);
        }
    }

    /** A file of the model that the build puts beside the jar. */
    private static Path bundled(String file) {
        try {
            Path code = Path.of(PartSettings.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            Path bundled = code.resolveSibling("models").resolve(BUNDLED_MODEL).resolve(file);
            if (!Files.exists(bundled)) {
                throw new StartupException("the encoder that comes along is missing at " + bundled
                        + "; build again, or name one with model.file and model.tokenizer");
            }
            return bundled;
        } catch (URISyntaxException e) {
            throw new IllegalStateException("the class path has no file address", e);
        }
    }

    private String path(String name) {
        return directory.resolve(name).toString();
    }
}
