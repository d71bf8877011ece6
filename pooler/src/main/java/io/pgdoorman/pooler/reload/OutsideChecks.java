package io.pgdoorman.pooler.reload;

import io.pgdoorman.config.UserConfig;
import io.pgdoorman.config.read.Fault;
import io.pgdoorman.pooler.auth.BlockingCheck;
import io.pgdoorman.pooler.auth.OutsideCheck;
import io.pgdoorman.pooler.auth.TokenSigner;
import io.pgdoorman.pooler.gss.Tickets;
import io.pgdoorman.pooler.hba.HbaDecision;
import io.pgdoorman.pooler.hba.HbaMethod;
import io.pgdoorman.pooler.ldap.LdapCheck;
import io.pgdoorman.pooler.ldap.LdapRule;
import io.pgdoorman.pooler.ldap.LdapRuleException;
import io.pgdoorman.pooler.pam.PamCheck;
import io.pgdoorman.pooler.pam.PamException;
import io.pgdoorman.pooler.radius.RadiusCheck;
import io.pgdoorman.pooler.radius.RadiusRule;
import io.pgdoorman.pooler.radius.RadiusRuleException;
import io.pgdoorman.pooler.tls.Authorities;
import io.pgdoorman.pooler.tls.TlsException;
import io.pgdoorman.pooler.token.Demands;
import io.pgdoorman.pooler.token.KeySet;
import io.pgdoorman.pooler.token.KeySource;
import io.pgdoorman.pooler.token.SigningKey;
import io.pgdoorman.pooler.token.TokenCheck;
import io.pgdoorman.pooler.token.TokenChecks;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// Makes the checks of one configuration for all that is decided outside of the pooler, or notes why one cannot be.
final class OutsideChecks {
    private static final Path SYSTEM_KEYTAB = Path.of("/etc/krb5.keytab");

    private final Site site;
    private final Blueprint blueprint;
    private final TokenKeys.Prepared keys;
    private final Means means;
    private final TokenChecks tokens;

    /// What checks run on.
    ///
    /// @param tokens for signatures
    /// @param threads for what blocks
    /// @param library libpam, loaded when it is wanted
    record Means(TokenCheck.Means tokens, Threads threads, PamLibrary library) {}

    /// For each kind of others its own, so that one kind that does not answer holds up no other.
    record Threads(
            BlockingCheck.Means ldap, BlockingCheck.Means pam, BlockingCheck.Means radius, BlockingCheck.Means gss) {}

    /// A configuration under check.
    ///
    /// @param file relative paths start at its folder
    record Site(Path file, List<Fault> faults) {
        Path beside(Path path) {
            return file.toAbsolutePath().resolveSibling(path).normalize();
        }

        /// The file of authorities that is named, read once for a trial.
        ///
        /// @return null where none is named
        @Nullable
        Path authorities(Optional<Path> named) throws TlsException {
            if (named.isEmpty()) {
                return null;
            }
            var path = beside(named.get());
            Authorities.read(path, null);
            return path;
        }

        void fault(String path, String message) {
            faults.add(new Fault(file.toString(), path, null, message));
        }

        void fault(HbaDecision decision, String message) {
            faults.add(Blueprint.fault(file, decision, message));
        }
    }

    /// What a configuration needs.
    ///
    /// @param byRule of the lines of pg_hba whose method asks outside
    /// @param byUser of the users whose password is a key of tokens, or that PAM knows
    /// @param signers of the users for whom PostgreSQL is shown tokens
    /// @param talos of the user `talos`; null without keys of such tokens
    /// @param tickets of Kerberos; null where no line asks for one
    record Made(
            Map<HbaDecision, OutsideCheck> byRule,
            Map<Blueprint.Key, OutsideCheck> byUser,
            Map<Blueprint.Key, TokenSigner> signers,
            @Nullable OutsideCheck talos,
            @Nullable Tickets tickets) {}

    /// @param file of the configuration; relative paths start at its folder
    OutsideChecks(Path file, Blueprint blueprint, TokenKeys.Prepared keys, Means means) {
        this.site = new Site(file, new ArrayList<>());
        this.blueprint = blueprint;
        this.keys = keys;
        this.means = means;
        this.tokens = new TokenChecks(means.tokens());
    }

    /// @throws InvalidConfigException with all faults
    Made make() throws InvalidConfigException {
        var access = blueprint.access().hba();
        var issuers = new IssuerChecks(site, blueprint, keys, means.tokens());
        var byRule = new LinkedHashMap<HbaDecision, OutsideCheck>();
        for (var decision : access.rules().decisions()) {
            if (decision.method().asksOutside()) {
                var check = switch (decision.method()) {
                    case JWT, OAUTH -> issuers.ofRule(decision);
                    case LDAP -> ldap(decision);
                    case PAM -> pam(decision);
                    case RADIUS -> radius(decision);
                    case GSS -> null; // no password is asked for
                    case TRUST, REJECT, MD5, SCRAM_SHA_256, PASSWORD, CERT, PEER, IDENT, NO_MATCH ->
                        throw new IllegalStateException(decision.method() + " asks nobody");
                };
                if (check != null) {
                    byRule.put(decision, check);
                }
            }
        }
        var made = new Made(byRule, byUser(), signers(), talos(), tickets());
        if (!site.faults().isEmpty()) {
            throw new InvalidConfigException(List.copyOf(site.faults()));
        }
        return made;
    }

    // ---- LDAP

    private @Nullable OutsideCheck ldap(HbaDecision decision) {
        try {
            var authorities =
                    site.authorities(blueprint.config().general().access().directoryAuthorities());
            return new LdapCheck(
                    LdapRule.of(decision.options().ofDirectory()),
                    authorities,
                    means.threads().ldap());
        } catch (LdapRuleException e) {
            site.fault(decision, e.text());
        } catch (TlsException e) {
            site.fault("general.ldap_tls_ca_cert", e.text());
        }
        return null;
    }

    // ---- RADIUS

    private @Nullable OutsideCheck radius(HbaDecision decision) {
        try {
            return new RadiusCheck(
                    RadiusRule.of(decision.options().ofRadius()),
                    means.threads().radius());
        } catch (RadiusRuleException e) {
            site.fault(decision, e.text());
            return null;
        }
    }

    // ---- GSSAPI

    /// One keytab for all lines, which has to be there as soon as one of them needs it.
    private @Nullable Tickets tickets() {
        var asking = blueprint.access().hba().rules().decisions().stream()
                .filter(decision -> decision.method() == HbaMethod.GSS)
                .toList();
        if (asking.isEmpty()) {
            return null;
        }
        var keytab = site.beside(blueprint.config().general().access().keytab().orElse(SYSTEM_KEYTAB));
        if (!Files.isReadable(keytab)) {
            asking.forEach(decision -> site.fault(
                    decision, "method gss: keytab " + keytab + " cannot be read: expected general.krb_server_keyfile"));
        }
        return new Tickets(keytab, means.threads().gss());
    }

    // ---- PAM

    private @Nullable OutsideCheck pam(HbaDecision decision) {
        var options = decision.options();
        try {
            return new PamCheck(
                    means.library().load(),
                    options.pamService().orElse(PamCheck.SERVICE),
                    options.tellsPamTheHostName(),
                    means.threads().pam());
        } catch (PamException e) {
            site.fault(decision, "method pam: " + e.text());
            return null;
        }
    }

    private void pamUsers(Map<Blueprint.Key, OutsideCheck> made) {
        for (var pool : blueprint.config().pools().values()) {
            for (var user : pool.users()) {
                user.pamService().ifPresent(service -> {
                    try {
                        made.put(
                                new Blueprint.Key(pool.name(), user.username()),
                                new PamCheck(
                                        means.library().load(),
                                        service,
                                        false,
                                        means.threads().pam()));
                    } catch (PamException e) {
                        site.fault(
                                "pools." + pool.name() + ".users[" + user.username() + "].auth_pam_service", e.text());
                    }
                });
            }
        }
    }

    // ---- PgDoorman's forms

    private Map<Blueprint.Key, OutsideCheck> byUser() {
        var made = new LinkedHashMap<Blueprint.Key, OutsideCheck>();
        blueprint.passwords().forEach((key, password) -> {
            if (!password.startsWith(UserConfig.TOKEN_KEY_FILE)) {
                return;
            }
            try {
                var kept = keys.ofFile(site.beside(Path.of(password.substring(UserConfig.TOKEN_KEY_FILE.length()))));
                var issuer = new TokenCheck.Issuer(KeySource.of(kept::keys), Demands.ofPgDoorman(), false);
                made.put(key, tokens.named(issuer, "preferred_username", String::equals));
            } catch (TlsException e) {
                site.fault("pools." + key.database() + ".users[" + key.user() + "].password", e.text());
            }
        });
        pamUsers(made);
        return made;
    }

    private Map<Blueprint.Key, TokenSigner> signers() {
        var made = new LinkedHashMap<Blueprint.Key, TokenSigner>();
        blueprint.serverPasswords().forEach((key, password) -> {
            if (password.startsWith(UserConfig.SIGNING_KEY_FILE)) {
                var file = site.beside(Path.of(password.substring(UserConfig.SIGNING_KEY_FILE.length())));
                try {
                    made.put(key, SigningKey.read(file));
                } catch (TlsException e) {
                    site.fault("pools." + key.database() + ".users[" + key.user() + "].server_password", e.text());
                }
            }
        });
        return made;
    }

    private @Nullable OutsideCheck talos() {
        var talos = blueprint.config().talos();
        if (!talos.isOn()) {
            return null;
        }
        var byName = new LinkedHashMap<String, TokenKeys.KeptKeys>();
        for (var key : talos.keys()) {
            try {
                byName.put(stem(key), keys.ofFile(site.beside(key)));
            } catch (TlsException e) {
                site.fault("talos.keys", e.text());
            }
        }
        KeySource source = id -> {
            var kept = byName.get(id);
            return CompletableFuture.completedStage(kept == null ? KeySet.NONE : kept.keys());
        };
        return tokens.talos(new TokenCheck.Issuer(source, Demands.ofPgDoorman(), false), talos.databases());
    }

    private static String stem(Path key) {
        var name = String.valueOf(key.getFileName());
        int dot = name.lastIndexOf('.');
        return dot <= 0 ? name : name.substring(0, dot);
    }
}
