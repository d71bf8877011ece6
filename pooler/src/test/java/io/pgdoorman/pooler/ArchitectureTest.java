package io.pgdoorman.pooler;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The rooms of the pooler and the arrows between them, as ARCHITECTURE.md draws them.
class ArchitectureTest {
    private static final String ROOT = "io.pgdoorman.pooler.";

    /// Which rooms a room may use.
    private static final Map<String, List<String>> ARROWS = Map.ofEntries(
            Map.entry("wire", List.of()),
            Map.entry("session", List.of("wire")),
            Map.entry("prepare", List.of("wire", "stats")),
            Map.entry("hba", List.of()),
            Map.entry("tls", List.of()),
            Map.entry("auth", List.of("wire", "hba")),
            Map.entry("token", List.of("wire", "tls", "auth")),
            Map.entry("pam", List.of("auth")),
            Map.entry("ldap", List.of("auth", "tls")),
            Map.entry("radius", List.of("auth")),
            Map.entry("gss", List.of("auth")),
            Map.entry("stats", List.of()),
            Map.entry("net", List.of("wire", "stats")),
            Map.entry("server", List.of("wire", "net", "tls", "auth", "session", "prepare", "stats")),
            Map.entry("patroni", List.of("wire", "net", "tls", "server", "stats")),
            Map.entry("pool", List.of("wire", "server", "stats")),
            Map.entry("lookup", List.of("wire", "net", "auth", "server", "stats")),
            Map.entry("cancel", List.of("wire", "net")),
            Map.entry("relay", List.of("wire", "net", "session", "prepare", "server", "pool", "stats")),
            Map.entry(
                    "client",
                    List.of(
                            "wire", "session", "prepare", "hba", "gss", "tls", "auth", "net", "server", "pool",
                            "cancel", "relay", "lookup", "stats")),
            Map.entry("upgrade", List.of("wire", "net", "session", "prepare", "relay", "cancel", "client")),
            Map.entry("admin", List.of("wire", "client", "pool", "stats")),
            Map.entry(
                    "reload",
                    List.of(
                            "wire", "net", "hba", "tls", "auth", "token", "pam", "radius", "gss", "ldap", "server",
                            "patroni", "pool", "relay", "lookup", "client", "stats", "session")),
            Map.entry("http", List.of("stats", "pool", "reload")));

    private static JavaClasses pooler;

    @BeforeAll
    static void importClasses() {
        pooler = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("io.pgdoorman.pooler");
    }

    @Test
    void roomsUseOnlyTheRoomsTheyMay() {
        ARROWS.forEach((room, mayUse) -> {
            var allowed = new ArrayList<String>();
            allowed.add(ROOT + room + "..");
            mayUse.forEach(used -> allowed.add(ROOT + used + ".."));
            noClasses()
                    .that()
                    .resideInAPackage(ROOT + room + "..")
                    .should()
                    .dependOnClassesThat(resideInAPackage("io.pgdoorman.pooler..")
                            .and(not(resideInAPackage(ROOT + room + ".."))
                                    .and(not(com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage(
                                            allowed.toArray(String[]::new))))))
                    .as("room " + room + " uses only " + mayUse)
                    .check(pooler);
        });
    }

    @Test
    void roomsHaveNoCycles() {
        slices().matching("io.pgdoorman.pooler.(*)..").should().beFreeOfCycles().check(pooler);
    }

    @Test
    void configurationIsKnownToReloadAndAppOnly() {
        noClasses()
                .that()
                .resideOutsideOfPackages(ROOT + "reload..", ROOT + "app..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.pgdoorman.config..")
                .check(pooler);
    }

    @Test
    void channelsAreTouchedOnlyWhereBytesFlow() {
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        ROOT + "net..",
                        ROOT + "server..",
                        ROOT + "relay..",
                        ROOT + "client..",
                        ROOT + "upgrade..",
                        ROOT + "http..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.netty.channel..")
                .check(pooler);
    }

    @Test
    void locksAndAtomicsStayInFewRooms() {
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        ROOT + "pool..", ROOT + "stats..", ROOT + "cancel..", ROOT + "reload..", ROOT + "app..")
                .and()
                .doNotHaveSimpleName("Credentials")
                .and()
                .haveNameNotMatching(
                        ".*\\.(ServerConnector|Login|Reception|ServerProof|Translation|HandshakeGate|UrlKeys)(\\$.*)?")
                .and()
                .haveNameNotMatching(".*\\.Credentials\\$.*")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.util.concurrent.locks..", "java.util.concurrent.atomic..")
                .as("locks and atomics only in pool, stats, cancel, reload, app; remembered keys and ids beside them")
                .check(pooler);
    }

    /// Whoever sets the clock of the wall, by hand or by NTP, changes no timeout, age or wait: it is read only for
    /// what is written in its terms, and for when this process began.
    @Test
    void clockOfTheWallIsReadForDatesOnly() {
        var readsIt = DescribedPredicate.<JavaAccess<?>>describe("the clock of the wall", access -> {
            var target = access.getTarget();
            var of = target.getOwner().getName();
            var name = target.getName();
            return (of.equals("java.lang.System") && name.equals("currentTimeMillis"))
                    || (of.startsWith("java.time.")
                            && Set.of("now", "system", "systemUTC", "systemDefaultZone")
                                    .contains(name))
                    || (of.equals("java.util.Date") && name.equals("<init>"));
        });
        noClasses()
                .that(not(named("app.Pooler") // when it began, for SHOW
                        .or(named("token.SigningKey")) // dates in tokens
                        .or(named("reload.Materials"))
                        .or(named("reload.Pools")))) // previous_until
                .should()
                .accessTargetWhere(readsIt)
                .check(pooler);
    }

    private static DescribedPredicate<JavaClass> named(String name) {
        return DescribedPredicate.describe(name, type -> type.getName().equals(ROOT + name));
    }

    @Test
    void nothingStaticChanges() {
        fields().that()
                .areDeclaredInClassesThat()
                .resideInAPackage("io.pgdoorman.pooler..")
                .and()
                .areStatic()
                .should()
                .beFinal()
                .check(pooler);
    }

    @Test
    void namesSayWhatAClassIs() {
        classes()
                .that()
                .resideInAPackage("io.pgdoorman.pooler..")
                .should()
                .haveNameNotMatching(".*(Util|Utils|Helper|Manager|Impl)")
                .check(pooler);
    }
}
