package io.pgdoorman.pooler.reload;

import io.pgdoorman.config.TokenIssuerConfig;
import io.pgdoorman.config.UserConfig;
import io.pgdoorman.config.read.Fault;
import io.pgdoorman.pooler.auth.BlockingCheck;
import io.pgdoorman.pooler.auth.OutsideCheck;
import io.pgdoorman.pooler.client.Directory;
import io.pgdoorman.pooler.hba.HbaDecision;
import io.pgdoorman.pooler.ldap.LdapCheck;
import io.pgdoorman.pooler.ldap.LdapRule;
import io.pgdoorman.pooler.ldap.LdapRuleException;
import io.pgdoorman.pooler.pam.PamCheck;
import io.pgdoorman.pooler.pam.PamException;
import io.pgdoorman.pooler.tls.Authorities;
import io.pgdoorman.pooler.tls.TlsException;
import io.pgdoorman.pooler.token.Algorithm;
import io.pgdoorman.pooler.token.Demands;
import io.pgdoorman.pooler.token.KeySet;
import io.pgdoorman.pooler.token.KeySource;
import io.pgdoorman.pooler.token.ServiceAccount;
import io.pgdoorman.pooler.token.TokenCheck;
import io.pgdoorman.pooler.token.TokenChecks;
import io.pgdoorman.pooler.token.UrlKeys;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/// Makes the checks of one configuration for all that is decided outside of the pooler, or notes why one cannot be.
final class OutsideChecks {
    private final Path file;
    private final Blueprint blueprint;
    private final TokenKeys.Prepared keys;
    private final Means means;
    private final TokenChecks tokens;
    private final List<Fault> faults = new ArrayList<>();

    /// What checks run on.
    ///
    /// @param tokens for signatures
    /// @param ldap threads for directories
    /// @param pam threads for its modules
    /// @param library libpam, loaded when it is wanted
    record Means(TokenCheck.Means tokens, BlockingCheck.Means ldap, BlockingCheck.Means pam, PamLibrary library) {}

    /// What a configuration needs.
    ///
    /// @param byRule of the lines of pg_hba whose method asks outside
    /// @param byUser of the users whose password is a key of tokens, or that PAM knows
    /// @param talos of the user `talos`; null without keys of such tokens
    record Made(
            Map<HbaDecision, OutsideCheck> byRule,
            Map<Blueprint.Key, OutsideCheck> byUser,
            @Nullable OutsideCheck talos) {}

    /// @param file of the configuration; relative paths start at its folder
    OutsideChecks(Path file, Blueprint blueprint, TokenKeys.Prepared keys, Means means) {
        this.file = file;
        this.blueprint = blueprint;
        this.keys = keys;
        this.means = means;
        this.tokens = new TokenChecks(means.tokens());
    }

    /// @throws InvalidConfigException with all faults
    Made make() throws InvalidConfigException {
        var issuers = issuers();
        var access = blueprint.access().hba();
        var byRule = new LinkedHashMap<HbaDecision, OutsideCheck>();
        for (var decision : access.rules().decisions()) {
            if (decision.method().asksOutside()) {
                var check = switch (decision.method()) {
                    case JWT -> ofTokens(decision, access, issuers);
                    case LDAP -> ldap(decision);
                    case PAM -> pam(decision);
                    case TRUST, REJECT, MD5, SCRAM_SHA_256, PASSWORD, CERT, NO_MATCH ->
                        throw new IllegalStateException(decision.method() + " asks nobody");
                };
                if (check != null) {
                    byRule.put(decision, check);
                }
            }
        }
        var made = new Made(byRule, byUser(), talos());
        if (!faults.isEmpty()) {
            throw new InvalidConfigException(List.copyOf(faults));
        }
        return made;
    }

    // ---- tokens by rule

    /// Those whose keys cannot be had are noted and missing.
    private Map<String, TokenCheck.Issuer> issuers() {
        var made = new LinkedHashMap<String, TokenCheck.Issuer>();
        blueprint.config().tokens().forEach((name, issuer) -> {
            var source = source("token_issuers." + name, issuer.keys());
            if (source != null) {
                var demands = issuer.demands();
                made.put(
                        name,
                        new TokenCheck.Issuer(
                                source,
                                new Demands(
                                        demands.issuer(),
                                        demands.audience(),
                                        demands.algorithms().stream()
                                                .map(word -> Algorithm.of(word).orElseThrow())
                                                .toList(),
                                        demands.leeway()),
                                issuer.bearers().endsSessions()));
            }
        });
        return made;
    }

    private @Nullable KeySource source(String path, TokenIssuerConfig.Keys from) {
        try {
            if (from.file().isPresent()) {
                return KeySource.of(keys.ofFile(beside(from.file().get()))::keys);
            }
            var authorities = from.authorities().map(this::beside).orElse(null);
            if (authorities != null) {
                Authorities.read(authorities, null);
            }
            var url = URI.create(from.url().orElseThrow());
            return keys.ofUrl(
                    new UrlKeys.Place(
                            url, authorities, from.token().map(this::beside).orElse(null)),
                    from.refresh());
        } catch (TlsException e) {
            fault(path, e.text());
            return null;
        }
    }

    private @Nullable OutsideCheck ofTokens(
            HbaDecision decision, Directory.Access access, Map<String, TokenCheck.Issuer> issuers) {
        var configured = blueprint.config().tokens();
        var name = decision.options()
                .issuer()
                .orElseGet(() ->
                        configured.size() == 1 ? configured.keySet().iterator().next() : "");
        var config = configured.get(name);
        if (config == null) {
            faults.add(Blueprint.fault(
                    file,
                    decision,
                    name.isEmpty()
                            ? "jwt without issuer: expected issuer= and one of " + configured.keySet()
                            : "issuer \"" + name + "\" is not among token_issuers: expected one of "
                                    + configured.keySet()));
            return null;
        }
        var issuer = issuers.get(name);
        BiPredicate<String, String> mayBe = (owner, user) ->
                access.maps().allows(decision.options().map().orElse(null), owner, user, access.surroundings());
        return issuer == null ? null : ofIssuer(issuer, config.bearers(), mayBe);
    }

    private OutsideCheck ofIssuer(
            TokenCheck.Issuer issuer, TokenIssuerConfig.Bearers bearers, BiPredicate<String, String> mayBe) {
        if (!bearers.serviceAccounts().isEmpty()) {
            return tokens.serviceAccounts(
                    issuer,
                    bearers.serviceAccounts().stream()
                            .map(rule ->
                                    new ServiceAccount(rule.namespace(), rule.name(), rule.user(), rule.database()))
                            .toList());
        }
        return bearers.roleClaim()
                .map(roles -> tokens.roles(issuer, new TokenChecks.RoleClaims(roles, bearers.userClaim()), mayBe))
                .orElseGet(() -> tokens.named(issuer, bearers.userClaim(), mayBe));
    }

    // ---- LDAP

    private @Nullable OutsideCheck ldap(HbaDecision decision) {
        try {
            var authorities = blueprint
                    .config()
                    .general()
                    .access()
                    .directoryAuthorities()
                    .map(this::beside)
                    .orElse(null);
            if (authorities != null) {
                Authorities.read(authorities, null);
            }
            return new LdapCheck(LdapRule.of(decision.options().ofDirectory()), authorities, means.ldap());
        } catch (LdapRuleException e) {
            faults.add(Blueprint.fault(file, decision, e.text()));
        } catch (TlsException e) {
            fault("general.ldap_tls_ca_cert", e.text());
        }
        return null;
    }

    // ---- PAM

    private @Nullable OutsideCheck pam(HbaDecision decision) {
        var options = decision.options();
        try {
            return new PamCheck(
                    means.library().load(),
                    options.pamService().orElse(PamCheck.SERVICE),
                    options.tellsPamTheHostName(),
                    means.pam());
        } catch (PamException e) {
            faults.add(Blueprint.fault(file, decision, "method pam: " + e.text()));
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
                                new PamCheck(means.library().load(), service, false, means.pam()));
                    } catch (PamException e) {
                        fault("pools." + pool.name() + ".users[" + user.username() + "].auth_pam_service", e.text());
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
                var kept = keys.ofFile(beside(Path.of(password.substring(UserConfig.TOKEN_KEY_FILE.length()))));
                var issuer = new TokenCheck.Issuer(KeySource.of(kept::keys), Demands.ofPgDoorman(), false);
                made.put(key, tokens.named(issuer, "preferred_username", String::equals));
            } catch (TlsException e) {
                fault("pools." + key.database() + ".users[" + key.user() + "].password", e.text());
            }
        });
        pamUsers(made);
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
                byName.put(stem(key), keys.ofFile(beside(key)));
            } catch (TlsException e) {
                fault("talos.keys", e.text());
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

    private Path beside(Path path) {
        return file.toAbsolutePath().resolveSibling(path).normalize();
    }

    private void fault(String path, String message) {
        faults.add(new Fault(file.toString(), path, null, message));
    }
}
