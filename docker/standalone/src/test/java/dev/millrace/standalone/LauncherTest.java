package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
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
        script("jdk/bin/java", "env\nprintf 'argument %s\\n' \"$@\"\n");
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

    @Test
    void ofTwoFirstStartsOneBuildsAndTheOtherWaitsInWords() throws Exception {
        Files.delete(home.resolve("docker/standalone/target/millrace-standalone.jar"));
        Files.createFile(home.resolve("pom.xml"));
        Path go = home.resolve("go");
        assertThat(new ProcessBuilder("mkfifo", go.toString()).start().waitFor())
                .isZero();
        script("bin/mvn", """
                echo build >> builds
                echo '[INFO] Building Millrace: trainer 0.1.0                         [5/6]'
                echo '[ERROR] what went wrong'
                read line < go
                mkdir -p docker/standalone/target/lib
                touch docker/standalone/target/millrace-standalone.jar
                """);
        Map<String, String> path = Map.of("PATH", home.resolve("bin") + ":" + System.getenv("PATH"));

        Process first = process(path, "versions").start();
        BufferedReader told = reader(first);
        assertThat(told.readLine()).startsWith("millrace: building for the first time");
        assertThat(told.readLine()).startsWith("millrace: module 5 of 6, Millrace: trainer 0.1.0, ");
        assertThat(told.readLine()).isEqualTo("[ERROR] what went wrong");
        Files.delete(home.resolve("pom.xml")); // an update of the sources replaces it
        Files.createFile(home.resolve("pom.xml"));
        Process second = process(path, "versions").start();
        BufferedReader waiting = reader(second);
        assertThat(waiting.readLine()).isEqualTo("millrace: another start is building, waiting for it to end");
        Files.writeString(go, "go\n");

        assertThat(told.lines()).contains("argument versions");
        assertThat(waiting.lines()).contains("argument versions");
        assertThat(List.of(first.waitFor(), second.waitFor())).containsOnly(0);
        assertThat(home.resolve("builds")).hasContent("build");
    }

    @Test
    void whatIsMissingForABuildIsNamed() throws Exception {
        Files.delete(home.resolve("docker/standalone/target/millrace-standalone.jar"));
        Files.createFile(home.resolve("pom.xml"));
        script("bare/mvn", "");
        for (String tool : List.of("bash", "sh", "dirname", "readlink")) {
            Files.createSymbolicLink(home.resolve("bare").resolve(tool), Path.of("/bin", tool));
        }

        Process process = process(Map.of("PATH", home.resolve("bare").toString()), "versions")
                .start();

        assertThat(reader(process).lines())
                .containsExactly("millrace: flock (of util-linux) is needed to build; it was not found on the PATH");
        assertThat(process.waitFor()).isEqualTo(2);
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

    private void script(String name, String commands) throws IOException {
        Path file = home.resolve(name);
        Files.createDirectories(file.resolveSibling("."));
        Files.writeString(file, "#!/bin/sh\n" + commands);
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }

    private List<String> launch(Map<String, String> environment, String... arguments) throws Exception {
        Process process = process(environment, arguments).start();
        List<String> lines = reader(process).lines().toList();
        assertThat(process.waitFor()).as(lines.toString()).isZero();
        return lines;
    }

    private ProcessBuilder process(Map<String, String> environment, String... arguments) {
        ProcessBuilder builder =
                new ProcessBuilder(home.resolve("docker/millrace").toString());
        builder.command().addAll(Arrays.asList(arguments));
        builder.environment()
                .keySet()
                .removeIf(name -> NATIVE.matcher(name + "=x").matches());
        builder.environment().put("JAVA_HOME", home.resolve("jdk").toString());
        builder.environment().putAll(environment);
        return builder.redirectErrorStream(true).redirectInput(new File("/dev/null"));
    }

    private static BufferedReader reader(Process process) {
        return new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }
}
