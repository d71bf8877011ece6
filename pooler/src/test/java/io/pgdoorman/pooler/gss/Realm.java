package io.pgdoorman.pooler.gss;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.Programs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A realm of Debian's krb5, with a KDC of its own and one service, `postgres/localhost`.
final class Realm implements AutoCloseable {
    static final String NAME = "EXAMPLE.COM";
    static final String SERVICE = "postgres/localhost";

    private final Path folder;
    private final int port = freePort();
    private final Process kdc;

    Realm(Path folder) throws IOException {
        this.folder = folder;
        Files.writeString(folder.resolve("krb5.conf"), """
            [libdefaults]
              default_realm = %1$s
              dns_lookup_kdc = false
              dns_canonicalize_hostname = false
              rdns = false
            [realms]
              %1$s = {
                kdc = localhost:%2$d
              }
            [domain_realm]
              localhost = %1$s
            """.formatted(NAME, port));
        Files.writeString(folder.resolve("kdc.conf"), """
            [kdcdefaults]
              kdc_listen = 127.0.0.1:%2$d
              kdc_tcp_listen = 127.0.0.1:%2$d
            [realms]
              %1$s = {
                database_name = %3$s/principal
                key_stash_file = %3$s/stash
                acl_file = %3$s/acl
              }
            [logging]
              kdc = FILE:%3$s/kdc.log
            """.formatted(NAME, port, folder));
        run(Map.of(), "", "kdb5_util", "create", "-s", "-r", NAME, "-P", "master");
        admin("addprinc -randkey " + SERVICE);
        admin("ktadd -k " + keytab() + " " + SERVICE);
        kdc = program(Map.of(), "krb5kdc", "-n").start();
        Eventually.isTrue("the KDC listens", this::answers);
    }

    /// What the administrator does.
    void admin(String query) {
        run(Map.of(), "", "kadmin.local", "-r", NAME, "-q", query);
    }

    /// Somebody with a ticket.
    ///
    /// @return environment of a client that has it
    Map<String, String> ticketOf(String principal) {
        var environment = Map.of("KRB5CCNAME", "FILE:" + folder.resolve("cache-" + principal.replace('/', '-')));
        run(environment, "secret\n", "kinit", principal);
        return with(environment);
    }

    /// Environment of a client that has none.
    Map<String, String> without() {
        return with(Map.of("KRB5CCNAME", "FILE:" + folder.resolve("no-cache")));
    }

    Path keytab() {
        return folder.resolve("keytab");
    }

    /// Where its files are.
    Map<String, String> environment() {
        return with(Map.of());
    }

    private Map<String, String> with(Map<String, String> more) {
        var all = new HashMap<>(more);
        all.put("KRB5_CONFIG", folder.resolve("krb5.conf").toString());
        all.put("KRB5_KDC_PROFILE", folder.resolve("kdc.conf").toString());
        return all;
    }

    private ProcessBuilder program(Map<String, String> environment, String... command) {
        var builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()));
        builder.environment().putAll(with(environment));
        builder.environment().merge("PATH", "/usr/sbin:/sbin", (own, more) -> own + ":" + more);
        return builder;
    }

    private void run(Map<String, String> environment, String input, String... command) {
        try {
            var process = program(environment, command).start();
            try (var out = process.getOutputStream()) {
                out.write(input.getBytes(UTF_8));
            }
            if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new IllegalStateException(
                        List.of(command) + " failed: " + Files.readString(folder.resolve("log")));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private boolean answers() {
        try (var _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    private static int freePort() {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        Programs.end(kdc);
    }
}
