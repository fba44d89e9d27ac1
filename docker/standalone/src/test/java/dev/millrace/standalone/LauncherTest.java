package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code docker/millrace} hands to the JVM, by a stand-in for it; and that the images hand over the same. */
class LauncherTest {
    private static final Path DOCKER = Path.of("..");
    private static final Pattern NATIVE = Pattern.compile("\\b((?:OMP|MKL|MALLOC|ONEDNN|LRU)_\\w+)=(\\w+)");

    /** Threads wait without spinning and are as many as told; memory is kept, in one arena; few kernels are remembered. */
    private static final Map<String, String> TRAINING = new TreeMap<>(Map.of(
            "OMP_WAIT_POLICY", "PASSIVE",
            "OMP_DYNAMIC", "FALSE",
            "MKL_DYNAMIC", "FALSE",
            "MALLOC_MMAP_THRESHOLD_", "33554432",
            "MALLOC_TRIM_THRESHOLD_", "536870912",
            "MALLOC_ARENA_MAX", "1",
            "ONEDNN_PRIMITIVE_CACHE_CAPACITY", "64",
            "LRU_CACHE_CAPACITY", "64"));

    @TempDir
    private Path home;

    @BeforeEach
    void install() throws IOException {
        Path java = Files.createDirectories(home.resolve("jdk/bin")).resolve("java");
        Files.writeString(java, "#!/bin/sh\nenv\nprintf 'argument %s\\n' \"$@\"\n");
        assertThat(java.toFile().setExecutable(true)).isTrue();
        Path target = Files.createDirectories(home.resolve("docker/standalone/target"));
        Files.createFile(target.resolve("millrace-standalone.jar"));
        Path launcher = Files.copy(DOCKER.resolve("millrace"), home.resolve("docker/millrace"));
        assertThat(launcher.toFile().setExecutable(true)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"standalone", "quickstart", "trainer", "inference", "replay"})
    void processesThatComputeGetTheNativeSettings(String command) throws Exception {
        List<String> told = launch(Map.of(), command, "--help");

        assertThat(nativeSettings(told)).isEqualTo(TRAINING);
        assertThat(told)
                .contains("argument -Xmx1500m", "argument -XX:MaxDirectMemorySize=3g", "argument -Dai.djl.offline=true")
                .endsWith(
                        "argument dev.millrace.standalone.cli.MillraceMain", "argument " + command, "argument --help");
    }

    @Test
    void commandsThatDoNotComputeGetNone() throws Exception {
        List<String> told = launch(Map.of(), "versions");

        assertThat(nativeSettings(told)).isEmpty();
        assertThat(told).contains("argument -Xmx512m");
    }

    @Test
    void whatTheUserSetsStays() throws Exception {
        List<String> told = launch(
                Map.of("OMP_WAIT_POLICY", "ACTIVE", "MALLOC_ARENA_MAX", "4", "MILLRACE_JAVA_OPTS", "-Xmx4g -Da=b"),
                "trainer");

        assertThat(nativeSettings(told))
                .containsEntry("OMP_WAIT_POLICY", "ACTIVE")
                .containsEntry("MALLOC_ARENA_MAX", "4");
        assertThat(told).containsSubsequence("argument -Xmx1500m", "argument -Xmx4g", "argument -Da=b");
    }

    @ParameterizedTest
    @ValueSource(strings = {"trainer", "standalone"})
    void imagesThatTrainSetTheSame(String image) throws IOException {
        assertThat(nativeSettings(Files.readAllLines(DOCKER.resolve(image).resolve("Dockerfile"))))
                .isEqualTo(TRAINING);
    }

    @Test
    void theImageThatServesSetsSomeOfThem() throws IOException {
        Map<String, String> set = nativeSettings(Files.readAllLines(DOCKER.resolve("inference/Dockerfile")));

        assertThat(TRAINING.entrySet()).containsAll(set.entrySet());
        assertThat(set).containsKeys("OMP_WAIT_POLICY", "MALLOC_TRIM_THRESHOLD_");
    }

    @Test
    void scenarioProgramsRunAsTheTrainerDoes() throws IOException {
        assertThat(nativeSettings(Files.readAllLines(Path.of("../../integration-tests/launch"))))
                .isEqualTo(TRAINING);
    }

    private static Map<String, String> nativeSettings(List<String> lines) {
        Map<String, String> settings = new TreeMap<>();
        lines.stream()
                .filter(line -> !line.startsWith("#"))
                .forEach(line ->
                        NATIVE.matcher(line).results().forEach(found -> settings.put(found.group(1), found.group(2))));
        return settings;
    }

    private List<String> launch(Map<String, String> environment, String... arguments) throws Exception {
        ProcessBuilder builder =
                new ProcessBuilder(home.resolve("docker/millrace").toString());
        builder.command().addAll(Arrays.asList(arguments));
        builder.environment()
                .keySet()
                .removeIf(name -> NATIVE.matcher(name + "=x").matches());
        builder.environment().put("JAVA_HOME", home.resolve("jdk").toString());
        builder.environment().putAll(environment);
        Process process = builder.redirectErrorStream(true).start();
        process.getOutputStream().close();
        List<String> lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();
        assertThat(process.waitFor()).as(lines.toString()).isZero();
        return lines;
    }
}
