package dev.millrace.standalone;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Instant;

/** The walls of this module. */
@AnalyzeClasses(packages = "dev.millrace.standalone", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule ROOMS_HAVE_NO_CYCLES = slices().matching("dev.millrace.standalone.(*)..")
            .should()
            .beFreeOfCycles()
            .because("a room that needs another is read after it");

    @ArchTest
    static final ArchRule COMMAND_LINE_IS_THE_OUTERMOST_ROOM = noClasses()
            .that()
            .resideOutsideOfPackage("dev.millrace.standalone.cli")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.millrace.standalone.cli", "picocli..")
            .because("everything else must be usable without a terminal");

    @ArchTest
    static final ArchRule BROKER_INTERNALS_STAY_IN_THEIR_ROOM = noClasses()
            .that()
            .resideOutsideOfPackage("dev.millrace.standalone.broker")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("kafka..", "org.apache.kafka.server..", "org.apache.kafka.metadata..")
            .because("they may change with any release of Kafka");

    @ArchTest
    static final ArchRule ENVIRONMENT_AND_TIME_ARE_PASSED_IN = noClasses()
            .that()
            .resideOutsideOfPackage("dev.millrace.standalone.cli")
            .should()
            .callMethod(System.class, "getenv")
            .orShould()
            .callMethod(System.class, "getenv", String.class)
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(Instant.class, "now")
            .because("mains read the environment and the clock, and pass both down");

    @ArchTest
    static final ArchRule NAMES_SAY_WHAT_A_CLASS_IS = noClasses()
            .should()
            .haveNameMatching(".*(Util|Utils|Helper|Manager|Impl)")
            .because("such a name says nothing about the class");
}
