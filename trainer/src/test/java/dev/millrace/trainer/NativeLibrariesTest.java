package dev.millrace.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPath;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathExpressionException;
import javax.xml.xpath.XPathFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

/** The training runtime comes in three jars that must be of one version and flavor: a mismatch shows only at start. */
class NativeLibrariesTest {
    /** Flavors for Linux that each native bridge on Maven Central holds. */
    private static final Map<String, Set<String>> BRIDGES =
            Map.of("2.7.1-0.35.1", Set.of("cpu", "cu128"), "2.5.1-0.32.0", Set.of("cpu", "cu124"));

    @Test
    void jarsOnTheClassPathAreOfOneVersionAndFlavor() throws IOException {
        Properties engine = resource("pytorch-engine.properties");
        Properties bridge = resource("jnilib/pytorch.properties");
        Properties library = resource("native/lib/pytorch.properties");

        String pytorch = engine.getProperty("pytorch_version");
        assertThat(bridge.getProperty("jni_version")).isEqualTo(pytorch + "-" + engine.getProperty("djl_version"));
        assertThat(library.getProperty("version")).startsWith(pytorch + "-");
        assertThat(library.getProperty("classifier")).isEqualTo("linux-x86_64");
        assertThat(getClass().getResource("/jnilib/linux-x86_64/" + library.getProperty("flavor") + "/libdjl_torch.so"))
                .as("bridge of the flavor " + library.getProperty("flavor"))
                .isNotNull();
    }

    @Test
    void versionsFollowTwoPropertiesAlone() throws Exception {
        String managed = "/project/dependencyManagement/dependencies/dependency[artifactId='%s']/version";

        assertThat(text(managed.formatted("pytorch-engine"))).isEqualTo("${djl.version}");
        assertThat(text(managed.formatted("pytorch-jni"))).isEqualTo("${pytorch.version}-${djl.version}");
        assertThat(text(managed.formatted("${pytorch.native.artifact}"))).isEqualTo("${pytorch.version}");
        assertThat(text(managed.formatted("${onnxruntime.artifact}"))).isEqualTo("${onnxruntime.version}");
    }

    @Test
    void bothBuildsNameAFlavorThatTheirBridgeHolds() throws Exception {
        Map<String, String> usual = properties("/project/properties/*");
        Map<String, String> cuda = properties("/project/profiles/profile[id='cuda']/properties/*");

        assertThat(flavor(usual)).isEqualTo("cpu").isIn(BRIDGES.get(bridge(usual)));
        assertThat(flavor(cuda)).startsWith("cu").isIn(BRIDGES.get(bridge(cuda)));
        assertThat(cuda).containsEntry("onnxruntime.artifact", "onnxruntime_gpu");
    }

    private static String bridge(Map<String, String> properties) {
        return properties.get("pytorch.version") + "-" + properties.get("djl.version");
    }

    private static String flavor(Map<String, String> properties) {
        return properties.getOrDefault("pytorch.native.artifact", "").replace("pytorch-native-", "");
    }

    private static Map<String, String> properties(String path) throws Exception {
        NodeList nodes = (NodeList) xpath().evaluate(path, pom(), XPathConstants.NODESET);
        Map<String, String> properties = new HashMap<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            properties.put(nodes.item(i).getNodeName(), nodes.item(i).getTextContent());
        }
        return properties;
    }

    private static String text(String path) throws Exception {
        return xpath().evaluate(path, pom());
    }

    private static XPath xpath() throws XPathExpressionException {
        return XPathFactory.newInstance().newXPath();
    }

    private static Document pom() throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(Path.of("..", "pom.xml").toFile());
    }

    private Properties resource(String name) throws IOException {
        Properties properties = new Properties();
        try (InputStream stream = getClass().getResourceAsStream("/" + name)) {
            assertThat(stream).as(name).isNotNull();
            properties.load(stream);
        }
        return properties;
    }
}
