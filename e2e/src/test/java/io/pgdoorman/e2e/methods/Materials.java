package io.pgdoorman.e2e.methods;

import io.pgdoorman.e2e.Authority;
import io.pgdoorman.e2e.local.TokenIssuer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;

/// Certificates, keys and tokens of the tests, in a folder.
record Materials(Path folder, TokenIssuer issuer) {

    static final String PASSWORD = "only for tests";
    static final String ADDRESS = "127.0.0.1";
    static final String ISSUER = "https://idp.example/realm";

    static Materials make(Path folder) {
        var materials = new Materials(folder, new TokenIssuer(ISSUER, "doorman"));
        try {
            var authority = Authority.create(Files.createDirectory(folder.resolve("authority")), "of the tests");
            var stranger = Authority.create(Files.createDirectory(folder.resolve("stranger")), "of strangers");
            Files.copy(authority.certificate(), materials.authorities());
            Files.copy(stranger.certificate(), materials.strangers());
            materials.write("server", authority.issue("pooler", "IP:" + ADDRESS));
            materials.write("client", authority.issue(Method.CERT.user(), "DNS:client.example"));
            Files.writeString(materials.issuerKey(), materials.issuer.publicKey());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return materials;
    }

    /// libpq takes no key that others may read.
    private void write(String name, Authority.Pair pair) throws IOException {
        Files.writeString(folder.resolve(name + ".crt"), pair.certificate());
        var key = Files.writeString(folder.resolve(name + ".key"), pair.key());
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    }

    Path authorities() {
        return folder.resolve("ca.crt");
    }

    /// Authorities that have signed nothing here.
    Path strangers() {
        return folder.resolve("strangers.crt");
    }

    Path serverCertificate() {
        return folder.resolve("server.crt");
    }

    Path serverKey() {
        return folder.resolve("server.key");
    }

    Path clientCertificate() {
        return folder.resolve("client.crt");
    }

    Path clientKey() {
        return folder.resolve("client.key");
    }

    Path issuerKey() {
        return folder.resolve("issuer.pem");
    }

    /// With TLS as careful as it gets.
    Map<String, String> overTls(Map<String, String> settings) {
        var all = new HashMap<>(settings);
        all.put("PGSSLMODE", "verify-full");
        all.put("PGSSLROOTCERT", authorities().toString());
        return all;
    }
}
