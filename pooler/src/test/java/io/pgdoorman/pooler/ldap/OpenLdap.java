package io.pgdoorman.pooler.ldap;

import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.Papers;
import io.pgdoorman.pooler.script.Programs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.interfaces.ECPrivateKey;
import java.util.concurrent.TimeUnit;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.util.io.pem.PemObject;

/// Debian's slapd, as a process of its own with a folder of its own.
final class OpenLdap implements TestDirectory {
    private static final Path SLAPD = Path.of("/usr/sbin/slapd");
    private static final Path SLAPADD = Path.of("/usr/sbin/slapadd");

    private final int port = freePort();
    private final int tlsPort = freePort();
    private final Path log;
    private final Process process;

    static boolean isInstalled() {
        return Files.isExecutable(SLAPD);
    }

    OpenLdap(Papers authority, Papers papers, Path folder) {
        log = folder.resolve("slapd.log");
        try {
            authority.write(folder, "slapd-ca");
            papers.write(folder, "slapd");
            Files.writeString(folder.resolve("slapd.key"), withPublicHalf(papers));
            Files.createDirectory(folder.resolve("db"));
            var config = Files.writeString(folder.resolve("slapd.conf"), """
                include /etc/ldap/schema/core.schema
                include /etc/ldap/schema/cosine.schema
                include /etc/ldap/schema/inetorgperson.schema
                modulepath /usr/lib/ldap
                moduleload back_mdb
                pidfile %1$s/slapd.pid
                TLSCACertificateFile %1$s/slapd-ca.crt
                TLSCertificateFile %1$s/slapd.crt
                TLSCertificateKeyFile %1$s/slapd.key
                database mdb
                suffix "dc=example,dc=com"
                directory %1$s/db
                access to attrs=userPassword by anonymous auth by * none
                access to * by dn.exact="cn=finder,dc=example,dc=com" read by * none
                """.formatted(folder));
            var people = Files.writeString(folder.resolve("people.ldif"), PEOPLE);
            run(SLAPADD.toString(), "-f", config.toString(), "-l", people.toString());
            process = new ProcessBuilder(
                            SLAPD.toString(),
                            "-f",
                            config.toString(),
                            "-d",
                            "none",
                            "-h",
                            "ldap://127.0.0.1:" + port + "/ ldaps://127.0.0.1:" + tlsPort + "/")
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            Eventually.isTrue("slapd listens", () -> answers(port) && answers(tlsPort));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// GnuTLS reads a key of an elliptic curve only with its public half, which the JDK leaves out.
    private static String withPublicHalf(Papers papers) throws IOException {
        var secret = ((ECPrivateKey) papers.key()).getS();
        var open = SubjectPublicKeyInfo.getInstance(
                        papers.certificate().getPublicKey().getEncoded())
                .getPublicKeyData();
        var whole = new org.bouncycastle.asn1.sec.ECPrivateKey(256, secret, open, SECObjectIdentifiers.secp256r1);
        return Papers.pem(new PemObject("EC PRIVATE KEY", whole.getEncoded()));
    }

    private String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private boolean answers(int at) {
        if (!process.isAlive()) {
            throw new IllegalStateException("slapd ended with " + process.exitValue() + ": " + log());
        }
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), at)) {
            return socket.isConnected();
        } catch (IOException _) {
            return false;
        }
    }

    private static void run(String... command) throws IOException {
        try {
            var running = new ProcessBuilder(command).inheritIO().start();
            if (!running.waitFor(60, TimeUnit.SECONDS) || running.exitValue() != 0) {
                running.destroyForcibly();
                throw new IllegalStateException(String.join(" ", command) + " failed");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
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
    public int port() {
        return port;
    }

    @Override
    public int tlsPort() {
        return tlsPort;
    }

    @Override
    public void close() {
        Programs.end(process);
    }
}
