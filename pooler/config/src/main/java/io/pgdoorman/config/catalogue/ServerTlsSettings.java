package io.pgdoorman.config.catalogue;

import static io.pgdoorman.config.catalogue.Types.choice;
import static io.pgdoorman.config.catalogue.Types.path;

import io.pgdoorman.config.ServerTls;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// The keys of TLS on the side of PostgreSQL, which stand in `general` and in a pool.
public final class ServerTlsSettings<R> {
    private static final String USUAL =
            "prefer; verify-ca with server_tls_ca_cert, require with server_tls_certificate";

    private final Section<R> section;
    private final Function<R, ServerTls> of;
    private final Heir heir;
    private final Setting<R, ServerTls.Mode> mode;
    private final Setting<R, Path> caCert;
    private final Setting<R, Path> crl;
    private final Setting<R, Path> certificate;
    private final Setting<R, Path> privateKey;

    ServerTlsSettings(Section<R> section, Function<R, ServerTls> of, Heir heir) {
        this.section = section;
        this.of = of;
        this.heir = heir;
        mode = heir.setting(
                section.hot("server_tls_mode", choice(List.of(ServerTls.Mode.values()))),
                USUAL,
                of.andThen(ServerTls::mode),
                "TLS to PostgreSQL, as libpq's sslmode: allow and prefer are good against nobody; verify-ca asks for a"
                        + " certificate of server_tls_ca_cert, verify-full also for the name in server_host."
                        + " A Unix socket has none.");
        caCert = file(
                "server_tls_ca_cert",
                ServerTls.Files::authorities,
                "Authorities of PostgreSQL's certificate (PEM, all in the file); followed to the file, as all of"
                        + " these.");
        crl = file(
                "server_tls_crl",
                ServerTls.Files::revocations,
                "Certificates that those authorities have revoked (PEM): one list of each authority in a chain. An"
                        + " extension.");
        certificate = file(
                "server_tls_certificate",
                ServerTls.Files::certificate,
                "Certificate for PostgreSQL (PEM), with those that lead to its authority.");
        privateKey = file("server_tls_private_key", ServerTls.Files::key, "Private key of that certificate (PEM).");
    }

    private Setting<R, Path> file(String name, Function<ServerTls.Files, Optional<Path>> part, String sentence) {
        return heir.setting(
                section.hot(name, path()),
                "none",
                owner -> part.apply(of.apply(owner).files()).orElse(null),
                sentence);
    }

    public Setting<R, ServerTls.Mode> mode() {
        return mode;
    }

    public Setting<R, Path> caCert() {
        return caCert;
    }

    public Setting<R, Path> crl() {
        return crl;
    }

    public Setting<R, Path> certificate() {
        return certificate;
    }

    public Setting<R, Path> privateKey() {
        return privateKey;
    }

    public List<Setting<R, ?>> all() {
        return List.of(mode, caCert, crl, certificate, privateKey);
    }

    /// What the section itself says.
    public ServerTls.Files files(Values v) {
        return new ServerTls.Files(v.find(caCert), v.find(crl), v.find(certificate), v.find(privateKey));
    }

    /// All of a section that inherits from nobody.
    public ServerTls of(Values v) {
        var files = files(v);
        return new ServerTls(v.find(mode).orElse(files.usualMode()), files);
    }

    /// What the section says, and where it says nothing, what it inherits; a certificate comes with its key.
    public <G> ServerTls of(Values v, ServerTlsSettings<G> usual, Values inherited) {
        var own = files(v);
        var general = usual.files(inherited);
        var pair = own.certificate().isPresent() || own.key().isPresent() ? own : general;
        var files = new ServerTls.Files(
                own.authorities().or(general::authorities),
                own.revocations().or(general::revocations),
                pair.certificate(),
                pair.key());
        return new ServerTls(v.find(mode).or(() -> inherited.find(usual.mode)).orElse(files.usualMode()), files);
    }
}
