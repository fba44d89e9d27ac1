package dev.millrace.inference;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Instant;
import java.util.Random;

/** The walls of this module. Think hard before moving one: each keeps a room readable and testable by itself. */
@AnalyzeClasses(packages = "dev.millrace.inference", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String ROOT = "dev.millrace.inference";

    @ArchTest
    static final ArchRule ROOMS_HAVE_NO_CYCLES = slices().matching(ROOT + ".(*)..")
            .should()
            .beFreeOfCycles()
            .because("a snapshot goes forward only: listen, load, swap, serve");

    @ArchTest
    static final ArchRule ROOMS_DO_NOT_KNOW_THE_ASSEMBLY = noClasses()
            .that()
            .resideOutsideOfPackage(ROOT)
            .should()
            .dependOnClassesThat()
            .resideInAPackage(ROOT)
            .because("the root puts the rooms together and is known by none of them");

    @ArchTest
    static final ArchRule ENCODER_IS_A_LIBRARY = noClasses()
            .that()
            .resideInAPackage(ROOT + ".encoder..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    ROOT + ".listen..", ROOT + ".load..", ROOT + ".swap..", ROOT + ".serve..", "dev.millrace.schemas..")
            .because("the trainer uses it too, and judges with it what will be served");

    @ArchTest
    static final ArchRule RUNTIME_STAYS_IN_THE_ENCODER = noClasses()
            .that()
            .resideOutsideOfPackages(ROOT + ".encoder..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("ai.onnxruntime..", "ai.onnx..", "ai.djl..", "com.google.protobuf..")
            .because("native memory is owned and closed in one place");

    @ArchTest
    static final ArchRule KAFKA_STAYS_AT_THE_EDGES = noClasses()
            .that()
            .resideOutsideOfPackages(ROOT, ROOT + ".listen..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.apache.kafka..", "io.confluent..")
            .because("loading, swapping and serving are tested without a broker");

    @ArchTest
    static final ArchRule HTTP_STAYS_IN_SERVE = noClasses()
            .that()
            .resideOutsideOfPackages(ROOT + ".serve..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.javalin..", "org.eclipse.jetty..", "jakarta.servlet..")
            .because("another web server is a matter of one room");

    @ArchTest
    static final ArchRule SERVING_KNOWS_NO_STORE = noClasses()
            .that()
            .resideInAnyPackage(ROOT + ".swap..", ROOT + ".serve..")
            .should()
            .dependOnClassesThat()
            .haveNameMatching(".*SnapshotStore|.*SnapshotLoader|.*SnapshotManifest")
            .because("what is served was loaded and proved before");

    @ArchTest
    static final ArchRule ENVIRONMENT_IS_READ_IN_THE_MAIN = noClasses()
            .that()
            .doNotHaveSimpleName("InferenceMain")
            .should()
            .callMethod(System.class, "getenv")
            .orShould()
            .callMethod(System.class, "getenv", String.class)
            .orShould()
            .callMethod(System.class, "getProperty", String.class)
            .orShould()
            .callMethod(System.class, "exit", int.class)
            .because("several services may run in one process");

    @ArchTest
    static final ArchRule TIME_AND_CHANCE_ARE_PASSED_IN = noClasses()
            .should()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(Instant.class, "now")
            .orShould()
            .callConstructor(Random.class)
            .orShould()
            .callMethod(Math.class, "random")
            .because("a test must be able to move the clock");

    @ArchTest
    static final ArchRule NAMES_SAY_WHAT_A_CLASS_IS = noClasses()
            .should()
            .haveNameMatching(".*(Util|Utils|Helper|Manager|Impl)")
            .because("such a name says nothing about the class");
}
