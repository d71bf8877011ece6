package io.pgdoorman.pooler.reload;

import io.pgdoorman.config.TokenIssuerConfig;
import io.pgdoorman.pooler.auth.OutsideCheck;
import io.pgdoorman.pooler.hba.HbaDecision;
import io.pgdoorman.pooler.hba.HbaMethod;
import io.pgdoorman.pooler.tls.TlsException;
import io.pgdoorman.pooler.token.Algorithm;
import io.pgdoorman.pooler.token.Demands;
import io.pgdoorman.pooler.token.KeySource;
import io.pgdoorman.pooler.token.ServiceAccount;
import io.pgdoorman.pooler.token.TokenCheck;
import io.pgdoorman.pooler.token.TokenChecks;
import io.pgdoorman.pooler.token.UrlKeys;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/// The checks of rules that want the token of an issuer: `jwt` and `oauth`.
final class IssuerChecks {
    private final OutsideChecks.Site site;
    private final Blueprint blueprint;
    private final TokenKeys.Prepared keys;
    private final TokenCheck.Means means;
    private final Map<String, TokenCheck.Issuer> issuers;

    IssuerChecks(OutsideChecks.Site site, Blueprint blueprint, TokenKeys.Prepared keys, TokenCheck.Means means) {
        this.site = site;
        this.blueprint = blueprint;
        this.keys = keys;
        this.means = means;
        this.issuers = issuers();
    }

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
                return KeySource.of(keys.ofFile(site.beside(from.file().get()))::keys);
            }
            var authorities = site.authorities(from.authorities());
            var url = URI.create(from.url().orElseThrow());
            return keys.ofUrl(
                    new UrlKeys.Place(
                            url, authorities, from.token().map(site::beside).orElse(null)),
                    from.refresh());
        } catch (TlsException e) {
            site.fault(path, e.text());
            return null;
        }
    }

    /// The check of one rule; null where its issuer cannot be had, which is noted.
    @Nullable
    OutsideCheck ofRule(HbaDecision decision) {
        var name = decision.method() == HbaMethod.OAUTH ? byUrl(decision) : byName(decision);
        var config = blueprint.config().tokens().get(name);
        var issuer = issuers.get(name);
        if (config == null || issuer == null) {
            return null;
        }
        var access = blueprint.access().hba();
        BiPredicate<String, String> mayBe = (owner, user) ->
                access.maps().allows(decision.options().map().orElse(null), owner, user, access.surroundings());
        var checks = decision.method() == HbaMethod.OAUTH
                ? new TokenChecks(means.by(TokenCheck.Way.OAUTHBEARER))
                : new TokenChecks(means);
        return of(checks, new Known(issuer, config.bearers()), mayBe);
    }

    private String byName(HbaDecision decision) {
        var names = blueprint.config().tokens().keySet();
        var name = decision.options()
                .issuer()
                .orElseGet(() -> names.size() == 1 ? names.iterator().next() : "");
        if (name.isEmpty()) {
            site.fault(decision, "jwt without issuer: expected issuer= and one of " + names);
        } else if (!names.contains(name)) {
            site.fault(decision, "issuer \"" + name + "\" is not among token_issuers: expected one of " + names);
        }
        return name;
    }

    /// Clients know an issuer by its URL, which is in its tokens, too.
    private String byUrl(HbaDecision decision) {
        var url = decision.options().issuer();
        var names = new ArrayList<String>();
        blueprint.config().tokens().forEach((name, issuer) -> {
            if (issuer.demands().issuer().equals(url)
                    && decision.options().validator().map(name::equals).orElse(true)) {
                names.add(name);
            }
        });
        if (names.size() == 1) {
            return names.getFirst();
        }
        site.fault(
                decision,
                names.isEmpty()
                        ? "method oauth: no one of token_issuers has the issuer \"" + url.orElse("") + "\""
                        : "method oauth: several have this issuer: expected validator= and one of " + names);
        return "";
    }

    private record Known(TokenCheck.Issuer issuer, TokenIssuerConfig.Bearers bearers) {}

    private static OutsideCheck of(TokenChecks checks, Known known, BiPredicate<String, String> mayBe) {
        var issuer = known.issuer();
        var bearers = known.bearers();
        if (!bearers.serviceAccounts().isEmpty()) {
            return checks.serviceAccounts(
                    issuer,
                    bearers.serviceAccounts().stream()
                            .map(rule ->
                                    new ServiceAccount(rule.namespace(), rule.name(), rule.user(), rule.database()))
                            .toList());
        }
        return bearers.roleClaim()
                .map(roles -> checks.roles(issuer, new TokenChecks.RoleClaims(roles, bearers.userClaim()), mayBe))
                .orElseGet(() -> checks.named(issuer, bearers.userClaim(), mayBe));
    }
}
