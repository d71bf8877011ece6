package io.pgdoorman.pooler.ldap;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.auth.BlockingCheck;
import io.pgdoorman.pooler.auth.OutsideCheck.Accepted;
import io.pgdoorman.pooler.auth.OutsideCheck.Attempt;
import io.pgdoorman.pooler.auth.OutsideCheck.Finding;
import io.pgdoorman.pooler.auth.OutsideCheck.Refused;
import io.pgdoorman.pooler.auth.OutsideCheck.Unavailable;
import io.pgdoorman.pooler.script.Papers;
import io.pgdoorman.pooler.script.Papers.Claims;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What holds with any directory.
abstract class LdapContract {
    private static final Map<String, String> DIRECT =
            Map.of("ldapprefix", "uid=", "ldapsuffix", ",ou=people," + TestDirectory.BASE);
    private static final Map<String, String> SEARCH = Map.of(
            "ldapbasedn",
            TestDirectory.BASE,
            "ldapbinddn",
            TestDirectory.FINDER,
            "ldapbindpasswd",
            TestDirectory.FINDER_PASSWORD);

    @TempDir
    Path folder;

    private static final BlockingCheck.Means MEANS = new BlockingCheck.Means(Runnable::run, System::nanoTime);

    private final Papers authority = Papers.authority("CN=authority of the directory");
    private TestDirectory directory;

    abstract TestDirectory start(Papers authority, Papers papers, Path home);

    @BeforeEach
    void startDirectory() {
        authority.write(folder, "ca");
        Papers.authority("CN=another authority").write(folder, "other");
        directory = start(authority, authority.issues(Claims.of("CN=directory", "localhost", "127.0.0.1")), folder);
    }

    @AfterEach
    void stopDirectory() {
        directory.close();
    }

    private Finding asks(Map<String, String> way, String user, String password, String... more) {
        var options = new LinkedHashMap<>(way);
        options.put("ldapserver", "127.0.0.1");
        options.put("ldapport", String.valueOf(directory.port()));
        for (int i = 0; i < more.length; i += 2) {
            options.put(more[i], more[i + 1]);
        }
        return asks(options, user, password, folder.resolve("ca.crt"));
    }

    private static Finding asks(Map<String, String> options, String user, String password, Path authorities) {
        try {
            return login(new LdapCheck(LdapRule.of(options), authorities, MEANS), user, password);
        } catch (LdapRuleException e) {
            throw new AssertionError(options.toString(), e);
        }
    }

    private static Finding login(LdapCheck check, String user, String password) {
        return check.check(new Attempt("shop", user, password, "127.0.0.1"))
                .toCompletableFuture()
                .join();
    }

    @Test
    void passwordOfTheDirectoryLetsInByBothWays() {
        for (var way : List.of(DIRECT, SEARCH)) {
            // when then
            assertThat(asks(way, "app", "app of the directory")).isInstanceOf(Accepted.class);
            assertThat(asks(way, "app", "clerk of the directory")).isInstanceOf(Refused.class);
            assertThat(asks(way, "app", "")).isInstanceOf(Refused.class);
            assertThat(asks(way, "nobody", "app of the directory")).isInstanceOf(Refused.class);
        }
    }

    @Test
    void searchGoesByAttributeFilterAndUrl() {
        // given
        var byMail = Map.of("ldapsearchattribute", "mail");
        var filter = "(&(objectClass=inetOrgPerson)(|(uid=$username)(mail=$username)))";
        var url = "ldap://127.0.0.1:%d/ou=people,%s?mail?one".formatted(directory.port(), TestDirectory.BASE);

        // when then
        assertThat(asks(SEARCH, "app@example.com", "app of the directory", "ldapsearchattribute", "mail"))
                .as(byMail.toString())
                .isEqualTo(Accepted.of("uid=app,ou=people," + TestDirectory.BASE));
        assertThat(asks(SEARCH, "app@example.com", "app of the directory", "ldapsearchfilter", filter))
                .isInstanceOf(Accepted.class);
        assertThat(asks(SEARCH, "app", "app of the directory", "ldapsearchfilter", filter))
                .isInstanceOf(Accepted.class);
        assertThat(asks(
                        Map.of(
                                "ldapurl",
                                url,
                                "ldapbinddn",
                                TestDirectory.FINDER,
                                "ldapbindpasswd",
                                TestDirectory.FINDER_PASSWORD),
                        "app@example.com",
                        "app of the directory",
                        folder.resolve("ca.crt")))
                .isInstanceOf(Accepted.class);
        assertThat(asks(SEARCH, "both@example.com", "app of the directory", "ldapsearchattribute", "mail"))
                .isEqualTo(Refused.silently("LDAP user \"both@example.com\" is not unique"));
    }

    @Test
    void hostileNamesReachNobodyElse() {
        for (var name : List.of(
                "*",
                "app)(uid=*",
                "ap*",
                "app\\2a",
                "\\61pp",
                "app)",
                "(app",
                "app/",
                "app,ou=people,dc=example,dc=com",
                "app+cn=app",
                "app;",
                "app=",
                "\"app\"",
                "#app",
                "<app>",
                "")) {
            for (var way : List.of(DIRECT, SEARCH)) {
                // when then
                assertThat(asks(way, name, "app of the directory")).as(name).isInstanceOf(Refused.class);
            }
        }
        assertThat(asks(DIRECT, "we,ird", "weird of the directory")).isInstanceOf(Accepted.class);
        assertThat(asks(SEARCH, "we,ird", "weird of the directory")).isInstanceOf(Accepted.class);
        assertThat(asks(Map.of("ldapsuffix", "@example.com"), "we,ird", "weird of the directory"))
                .isEqualTo(Refused.silently("invalid character in user name for LDAP authentication"));
    }

    @Test
    void tlsIsUsedAndVerifiedByBothWays() {
        var startTls = List.of("ldaptls", "1");
        var atOnce = List.of("ldapscheme", "ldaps", "ldapport", String.valueOf(directory.tlsPort()));
        for (var tls : List.of(startTls, atOnce)) {
            var more = tls.toArray(String[]::new);
            // when then
            assertThat(asks(DIRECT, "app", "app of the directory", more)).isInstanceOf(Accepted.class);
            assertThat(asks(SEARCH, "app", "app of the directory", more)).isInstanceOf(Accepted.class);
            assertThat(asks(SEARCH, "app", "wrong", more)).isInstanceOf(Refused.class);
        }
    }

    @Test
    void directoryWithAnotherCertificateOrNameGetsNoPassword() {
        // given
        var tls = new LinkedHashMap<>(DIRECT);
        tls.put("ldapserver", "127.0.0.1");
        tls.put("ldapport", String.valueOf(directory.port()));
        tls.put("ldaptls", "1");
        var atOnce = new LinkedHashMap<>(DIRECT);
        atOnce.put("ldapserver", "127.0.0.1");
        atOnce.put("ldapport", String.valueOf(directory.tlsPort()));
        atOnce.put("ldapscheme", "ldaps");

        // when then
        for (var options : List.of(tls, atOnce)) {
            assertThat(asks(options, "app", "app of the directory", folder.resolve("other.crt")))
                    .isInstanceOf(Unavailable.class);
            options.put("ldapserver", "127.0.0.2");
        }
        directory.close();
        directory = start(authority, authority.issues(Claims.of("CN=directory", "ldap.example.com")), subfolder());
        tls.put("ldapserver", "127.0.0.1");
        tls.put("ldapport", String.valueOf(directory.port()));
        atOnce.put("ldapserver", "127.0.0.1");
        atOnce.put("ldapport", String.valueOf(directory.tlsPort()));
        for (var options : List.of(tls, atOnce)) {
            assertThat(asks(options, "app", "app of the directory", folder.resolve("ca.crt")))
                    .as(options.toString())
                    .isInstanceOf(Unavailable.class);
        }
    }

    @Test
    void fileOfAuthoritiesIsFollowedAndAFaultyOneChangesNothing() throws Exception {
        // given
        var options = new LinkedHashMap<>(DIRECT);
        options.put("ldapserver", "127.0.0.1");
        options.put("ldapport", String.valueOf(directory.port()));
        options.put("ldaptls", "1");
        var followed = folder.resolve("followed.crt");
        Files.copy(folder.resolve("other.crt"), followed);
        var check = new LdapCheck(LdapRule.of(options), followed, MEANS);
        assertThat(login(check, "app", "app of the directory")).isInstanceOf(Unavailable.class);

        // when
        replace(followed, Files.readString(folder.resolve("ca.crt")));
        assertThat(login(check, "app", "app of the directory")).isInstanceOf(Accepted.class);
        replace(followed, "no certificate");

        // then
        assertThat(login(check, "app", "app of the directory")).isInstanceOf(Accepted.class);
    }

    private static void replace(Path file, String text) throws IOException {
        var next = Files.writeString(file.resolveSibling("next"), text);
        Files.move(next, file, StandardCopyOption.REPLACE_EXISTING);
    }

    private Path subfolder() {
        var sub = folder.resolve("second");
        assertThat(sub.toFile().mkdir()).isTrue();
        return sub;
    }

    @Test
    void nextServerIsAskedWhenOneIsAway() {
        // when then: nothing listens on the second address of loopback
        assertThat(asks(DIRECT, "app", "app of the directory", "ldapserver", "127.0.0.2 127.0.0.1"))
                .isInstanceOf(Accepted.class);
        assertThat(asks(DIRECT, "app", "wrong", "ldapserver", "127.0.0.2 127.0.0.1"))
                .isInstanceOf(Refused.class);
        assertThat(asks(DIRECT, "app", "app of the directory", "ldapserver", "127.0.0.2"))
                .isInstanceOf(Unavailable.class);
    }

    @Test
    void directoryThatSaysNothingIsLeftInTime() throws IOException {
        // given
        try (var silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            long begun = System.nanoTime();

            // when
            var finding =
                    asks(DIRECT, "app", "app of the directory", "ldapport", String.valueOf(silent.getLocalPort()));

            // then
            assertThat(finding).isInstanceOf(Unavailable.class);
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(20));
        }
    }

    @Test
    void finderThatMayNotLogInIsOurFaultAndNotTheClients() {
        // when then
        assertThat(asks(SEARCH, "app", "app of the directory", "ldapbindpasswd", "wrong"))
                .isInstanceOf(Unavailable.class);
    }
}
