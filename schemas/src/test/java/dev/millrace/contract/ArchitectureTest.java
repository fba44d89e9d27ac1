package dev.millrace.contract;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Instant;
import java.util.stream.Stream;

/** The walls of this module. Think hard before moving one: everything here is shared by both processes. */
@AnalyzeClasses(packages = "dev.millrace", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final int MAX_CONTRACT_TYPES = 16;

    @ArchTest
    static final ArchRule DEPENDS_ON_NO_OTHER_MODULE = classes()
            .that()
            .resideInAPackage("dev.millrace..")
            .should()
            .resideInAnyPackage("dev.millrace.contract", "dev.millrace.schemas")
            .andShould()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "dev.millrace.contract",
                    "dev.millrace.schemas",
                    "java..",
                    "io.confluent.kafka..",
                    "org.apache.avro..",
                    "org.apache.kafka.clients..",
                    "org.apache.kafka.common..",
                    "org.jspecify.annotations..",
                    "org.slf4j..",
                    "org.yaml.snakeyaml..")
            .because("every process carries what this module needs");

    @ArchTest
    static final ArchRule CONFLUENT_CLIENT_ONLY_IN_SERDES = noClasses()
            .that()
            .haveNameNotMatching(".*\\.AvroSerdes(\\$.*)?")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.confluent..")
            .because("the rest of Millrace speaks of records, not of the registry's client");

    @ArchTest
    static final ArchRule ENVIRONMENT_AND_TIME_ARE_PASSED_IN = noClasses()
            .should()
            .callMethod(System.class, "getenv")
            .orShould()
            .callMethod(System.class, "getenv", String.class)
            .orShould()
            .callMethod(System.class, "getProperty", String.class)
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(Instant.class, "now")
            .allowEmptyShould(true)
            .because("mains read the environment and the clock, and pass both down");

    @ArchTest
    static final ArchRule NAMES_SAY_WHAT_A_CLASS_IS = noClasses()
            .should()
            .haveNameMatching(".*(Util|Utils|Helper|Manager|Impl)")
            .because("such a name says nothing about the class");

    @ArchTest
    static void contractStaysSmall(JavaClasses classes) {
        Stream<String> types = classes.stream()
                .filter(type -> type.getPackageName().equals("dev.millrace.contract"))
                .filter(type -> type.isTopLevelClass() && isPublic(type))
                .map(JavaClass::getSimpleName);

        assertThat(types.toList())
                .as("what both processes must agree on; anything else belongs to one of them")
                .hasSizeBetween(1, MAX_CONTRACT_TYPES);
    }

    private static boolean isPublic(JavaClass type) {
        return type.getModifiers().contains(JavaModifier.PUBLIC);
    }
}
