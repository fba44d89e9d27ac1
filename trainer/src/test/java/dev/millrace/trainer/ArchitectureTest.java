package dev.millrace.trainer;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.core.domain.properties.HasParameterTypes.Predicates.rawParameterTypes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Instant;
import java.util.Random;

/** The walls of this module. Think hard before moving one: each keeps a room readable and testable by itself. */
@AnalyzeClasses(packages = "dev.millrace.trainer", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String ROOT = "dev.millrace.trainer";

    @ArchTest
    static final ArchRule ROOMS_HAVE_NO_CYCLES = slices().matching("dev.millrace.trainer.(*)..")
            .should()
            .beFreeOfCycles()
            .because("a record goes forward only; a room that needs another is read after it");

    @ArchTest
    static final ArchRule THE_METHOD_IS_PLAIN_JAVA = noClasses()
            .that()
            .resideInAnyPackage(ROOT + ".grpo..", ROOT + ".evaluate..", ROOT + ".gate..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("ai..", "org.apache.kafka..", "io.confluent..", "dev.millrace.inference..")
            .because("formulas are read and tested without an engine, a broker or a device");

    @ArchTest
    static final ArchRule ENGINE_STAYS_IN_THREE_ROOMS = noClasses()
            .that()
            .resideOutsideOfPackages(ROOT + ".onnx..", ROOT + ".policy..", ROOT + ".snapshot..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("ai.djl..", "ai.onnx..", "ai.onnxruntime..")
            .because("native memory is owned and closed in few places, and the engine may be exchanged");

    @ArchTest
    static final ArchRule OPERATORS_KNOW_NO_PROGRAM = noClasses()
            .that()
            .resideInAPackage(ROOT + ".onnx.operator")
            .should()
            .dependOnClassesThat()
            .resideInAPackage(ROOT + ".onnx")
            .because("an operator is a function of its operands, whoever runs it");

    @ArchTest
    static final ArchRule OPERATORS_LEAVE_NOTHING_IN_JAVA_BUFFERS = noClasses()
            .that()
            .resideInAPackage(ROOT + ".onnx.operator")
            .and()
            .doNotHaveSimpleName("NativeArrays")
            .should()
            .callMethodWhere(target(owner(assignableTo(NDManager.class))).and(target(name("create"))))
            .orShould()
            .callMethodWhere(target(owner(assignableTo(NDArray.class)))
                    .and(target(nameMatching("mul|div|pow|minimum|maximum")))
                    .and(target(rawParameterTypes(Number.class))))
            .because("the collector takes such a buffer when its array is closed, and the backward pass would read it");

    @ArchTest
    static final ArchRule KAFKA_STAYS_AT_THE_EDGES = noClasses()
            .that()
            .resideInAnyPackage(ROOT + ".onnx..", ROOT + ".policy..", ROOT + ".snapshot..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.apache.kafka..", "io.confluent..")
            .because("training and snapshots are tested without a broker");

    @ArchTest
    static final ArchRule TRAINER_SHARES_THE_ENCODER_AND_NOTHING_ELSE = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "dev.millrace.inference",
                    "dev.millrace.inference.listen..",
                    "dev.millrace.inference.load..",
                    "dev.millrace.inference.swap..",
                    "dev.millrace.inference.serve..",
                    "dev.millrace.standalone..")
            .because("the gate judges what will be served with the same encoder; everything else is another process");

    @ArchTest
    static final ArchRule ENVIRONMENT_TIME_AND_CHANCE_ARE_PASSED_IN = noClasses()
            .that()
            .resideOutsideOfPackage(ROOT)
            .should()
            .callMethod(System.class, "getenv")
            .orShould()
            .callMethod(System.class, "getenv", String.class)
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(Instant.class, "now")
            .orShould()
            .callConstructor(Random.class)
            .orShould()
            .callMethod(Math.class, "random")
            .because("a replayed log must give the same model, and a test must be able to move the clock");

    @ArchTest
    static final ArchRule NAMES_SAY_WHAT_A_CLASS_IS = noClasses()
            .should()
            .haveNameMatching(".*(Util|Utils|Helper|Manager|Impl)")
            .because("such a name says nothing about the class");
}
