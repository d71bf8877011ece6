package io.pgdoorman.operator;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The rooms of the operator and their arrows, as ARCHITECTURE.md draws them.
class ArchitectureTest {

    private static final String ROOT = "io.pgdoorman.operator.";
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.pgdoorman.operator");

    /// A room and those it may use.
    record Room(String name, List<String> mayUse) {
        static Room of(String name, String... mayUse) {
            return new Room(name, List.of(mayUse));
        }
    }

    static Stream<Room> rooms() {
        return Stream.of(
                Room.of("api.v1alpha1"),
                Room.of("podlink"),
                Room.of("render", "api.v1alpha1"),
                Room.of("access", "api.v1alpha1"),
                Room.of("child", "api.v1alpha1", "render", "access"),
                Room.of("observe", "api.v1alpha1", "render", "access", "child", "podlink"),
                Room.of("plan", "api.v1alpha1", "render", "access", "child", "observe", "podlink"),
                Room.of("status", "api.v1alpha1", "render", "access", "child", "observe", "podlink", "plan"),
                Room.of(
                        "reconcile",
                        "api.v1alpha1",
                        "render",
                        "access",
                        "child",
                        "observe",
                        "podlink",
                        "plan",
                        "status"),
                Room.of("local", "api.v1alpha1", "render", "child", "observe", "podlink", "plan", "status"));
    }

    @ParameterizedTest
    @MethodSource("rooms")
    void roomUsesOnlyWhatIsDrawn(Room room) {
        // given
        var allowed = Stream.concat(Stream.of(room.name()), room.mayUse().stream())
                .map(name -> ROOT + name)
                .toArray(String[]::new);

        // when
        var rule = classes()
                .that()
                .resideInAPackage(ROOT + room.name())
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage(allowed).or(not(resideInAPackage("io.pgdoorman.operator.."))))
                .allowEmptyShould(true);

        // then
        assertThatCode(() -> rule.check(CLASSES)).doesNotThrowAnyException();
    }

    @Test
    void packagesHaveNoCycles() {
        // given
        var slices = slices().matching("io.pgdoorman.operator.(**)");

        // when
        var rule = slices.should().beFreeOfCycles();

        // then
        assertThatCode(() -> rule.check(CLASSES)).doesNotThrowAnyException();
    }

    @Test
    void onlyTheEdgesHoldAKubernetesClient() {
        // given
        var edges = Stream.of("observe", "reconcile", "app")
                .map(name -> ROOT + name)
                .toArray(String[]::new);

        // when
        var rule = noClasses()
                .that()
                .resideOutsideOfPackages(edges)
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("io.fabric8.kubernetes.client.KubernetesClient");

        // then
        assertThatCode(() -> rule.check(CLASSES)).doesNotThrowAnyException();
    }

    @Test
    void theMiddleIsPure() {
        // given
        var middle = Arrays.stream(new String[] {"access", "plan", "render", "child", "status"})
                .map(name -> ROOT + name)
                .toArray(String[]::new);

        // when
        var rule = noClasses()
                .that()
                .resideInAnyPackage(middle)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.slf4j..", "java.net.http..", "io.javaoperatorsdk..")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.time.Clock")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(java.time.Instant.class, "now");

        // then
        assertThatCode(() -> rule.check(CLASSES)).doesNotThrowAnyException();
    }

    @Test
    void theOperatorKnowsNoRoomOfThePoolerButItsConfiguration() {
        // given
        var pooler = "io.pgdoorman.pooler..";

        // when
        var rule = noClasses().should().dependOnClassesThat().resideInAPackage(pooler);

        // then
        assertThatCode(() -> rule.check(CLASSES)).doesNotThrowAnyException();
    }
}
