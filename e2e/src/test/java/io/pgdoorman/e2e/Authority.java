package io.pgdoorman.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.stream.Collectors;

/// A certificate authority of the tests, made by openssl; what cert-manager is in a cluster.
public final class Authority {

    private static final String MAKE = """
        cd "$FOLDER"
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj "/CN=authority $NAME" \
          -keyout ca.key -out ca.crt 2>&1
        """;
    private static final String ISSUE = """
        cd "$FOLDER"
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$NAME" -keyout tls.key -out tls.csr 2>&1
        printf 'subjectAltName=%s\\n' "$HOST" >tls.ext
        openssl x509 -req -in tls.csr -CA ca.crt -CAkey ca.key -days 20 -extfile tls.ext -out tls.crt 2>&1
        openssl x509 -in tls.crt -noout -serial | cut -d= -f2
        """;

    private final Path folder;

    /// A pair as PEM, and the certificate's serial number in hexadecimal digits.
    public record Pair(String certificate, String key, String serial) {}

    private Authority(Path folder) {
        this.folder = folder;
    }

    static Authority create(String name) {
        var folder = Cluster.WORK.resolve("authority-" + name);
        Cluster.createFolder(folder);
        return create(folder, name);
    }

    /// @param folder an empty one for its files
    public static Authority create(Path folder, String name) {
        var authority = new Authority(folder);
        authority.run(MAKE, name, "");
        return authority;
    }

    /// Its own certificate.
    public Path certificate() {
        return folder.resolve("ca.crt");
    }

    /// A certificate for a DNS name.
    Pair issue(String name) {
        return issue(name, "DNS:" + name);
    }

    /// @param host what it is good for, as `DNS:NAME` or `IP:ADDRESS`
    public Pair issue(String name, String host) {
        var serial = run(ISSUE, name, host).lines().toList().getLast();
        return new Pair(read("tls.crt"), read("tls.key"), serial);
    }

    /// Their own certificates, as PEM.
    static String bundle(Authority... authorities) {
        return Arrays.stream(authorities)
                .map(authority -> authority.read("ca.crt"))
                .collect(Collectors.joining());
    }

    /// A Secret of the shape that cert-manager writes.
    String secret(String name, Pair pair) {
        return """
            apiVersion: v1
            kind: Secret
            type: kubernetes.io/tls
            metadata: {name: %s}
            data: {tls.crt: %s, tls.key: %s, ca.crt: %s}
            """.formatted(name, base64(pair.certificate()), base64(pair.key()), base64(read("ca.crt")));
    }

    private String run(String script, String name, String host) {
        return Command.of("sh", "-ec", script)
                .with(Map.of("FOLDER", folder.toString(), "NAME", name, "HOST", host))
                .succeed();
    }

    private String read(String file) {
        try {
            return Files.readString(folder.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
