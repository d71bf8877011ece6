package io.pgdoorman.e2e.methods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.pgdoorman.e2e.Progress;
import io.pgdoorman.e2e.local.LocalPooler;
import io.pgdoorman.e2e.local.LocalPostgres;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// Each driver logs in by each method that it has, and is refused without a good proof; over TLS, it refuses a
/// server of a strange authority.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MethodsE2E {
    static final Path WORK = LocalPooler.ROOT.resolve("e2e/target/methods");

    private static final Path README = LocalPooler.ROOT.resolve("e2e/drivers/README.md");

    private final LocalPostgres postgres = LocalPostgres.start();
    private final Materials materials;
    private final LocalPooler pooler;

    MethodsE2E(@TempDir Path folder) {
        materials = Materials.make(folder);
        postgres.does("create role app login password 'app-secret'", "create database shop");
        pooler = LocalPooler.start(WORK, configuration());
    }

    private String configuration() {
        var rules = Arrays.stream(Method.values()).map(Method::rule).collect(Collectors.joining("\n      "));
        var users = Arrays.stream(Method.values())
                .map(method -> """
                          - {username: %s, password: "%s", server_username: app, server_password: app-secret, pool_size: 2}
                    """.formatted(method.user(), stored(method)))
                .collect(Collectors.joining());
        return """
            general:
              %s
              audit_successful_logins: true
              tls_certificate: %s
              tls_private_key: %s
              tls_ca_cert: %s
              pg_hba:
                content: |
                  %s
            token_issuers:
              idp: {keys_file: %s, issuer: '%s', audience: [doorman]}
            pools:
              shop:
                server_host: 127.0.0.1
                server_port: %d
                users:
            %s\
            """.formatted(
                        LocalPooler.GENERAL.replace(", ", "\n  "),
                        materials.serverCertificate(),
                        materials.serverKey(),
                        materials.authorities(),
                        rules,
                        materials.issuerKey(),
                        Materials.ISSUER,
                        postgres.port(),
                        users);
    }

    /// What the pooler keeps of a user's password.
    private static String stored(Method method) {
        return switch (method) {
            case SCRAM, PLUS, DIRECT -> Materials.PASSWORD;
            case MD5 -> "md5" + md5(Materials.PASSWORD + method.user());
            case CERT, JWT -> "";
        };
    }

    private static String md5(String text) {
        try {
            var bytes = MessageDigest.getInstance("MD5").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @BeforeAll
    void build() {
        Caller.build();
    }

    private String call(Caller caller, Method method, Map<String, String> settings) {
        var environment = new HashMap<>(settings);
        environment.put("PGHOST", Materials.ADDRESS);
        environment.put("PGPORT", "" + pooler.port());
        environment.put("PGDATABASE", "shop");
        environment.put("PGUSER", method.user());
        return caller.call(environment).strip();
    }

    @TestFactory
    Stream<DynamicTest> everyMethodWithEveryDriver() {
        return Arrays.stream(Caller.values())
                .flatMap(caller -> Arrays.stream(Method.values())
                        .filter(method -> caller.cannot(method).isEmpty())
                        .map(method ->
                                dynamicTest(caller.title() + ", " + method.title(), () -> logsIn(caller, method))));
    }

    private void logsIn(Caller caller, Method method) {
        assertThat(call(caller, method, method.right(materials))).isEqualTo("user app");
        assertThat(call(caller, method, method.wrong(materials))).startsWith("refused");
        if (method.isOverTls()) {
            var strange = new HashMap<>(method.right(materials));
            strange.put("PGSSLROOTCERT", materials.strangers().toString());
            assertThat(call(caller, method, strange)).startsWith("refused");
        }
    }

    /// The table tells what this class tries; a cell that is not true fails there.
    @Test
    void theTableIsWhatIsWritten() throws IOException {
        // given
        var table = MethodTable.text();

        // when
        Progress.say("methods and drivers\n" + table);
        if (Boolean.getBoolean("drivers.write")) {
            Files.writeString(README, MethodTable.within(Files.readString(README)));
        }

        // then
        assertThat(Files.readString(README)).contains(table);
    }

    @AfterAll
    void end() {
        pooler.close();
        postgres.close();
    }
}
