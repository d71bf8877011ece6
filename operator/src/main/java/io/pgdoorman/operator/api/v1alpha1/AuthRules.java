package io.pgdoorman.operator.api.v1alpha1;

import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.function.BiConsumer;

/// What [SpecRules] knows of [AuthSpec].
final class AuthRules {

    private final DoormanPoolSpec spec;
    private final AuthSpec auth;
    private final BiConsumer<String, String> refuse;

    private AuthRules(DoormanPoolSpec spec, BiConsumer<String, String> refuse) {
        this.spec = spec;
        this.auth = spec.auth();
        this.refuse = refuse;
    }

    static void check(DoormanPoolSpec spec, BiConsumer<String, String> refuse) {
        var rules = new AuthRules(spec, refuse);
        if (rules.auth.users().isEmpty() && rules.auth.authQuery() == null) {
            refuse.accept("spec.auth", AuthSpec.NOBODY);
        }
        rules.auth.users().forEach(rules::user);
        rules.lookup();
        var stats = rules.auth.statsUser();
        if (stats != null && stats.name().equals(SpecRules.ADMIN_USER)) {
            refuse.accept("spec.auth.statsUser.name", "this name is the operator's own");
        }
        rules.auth.tokenIssuers().forEach(rules::issuer);
        if (!rules.auth.tokenIssuers().isEmpty() && spec.tls().client().certificate() == null) {
            refuse.accept("spec", DoormanPoolSpec.TOKENS_IN_CLEAR);
        }
        rules.lines();
        if (rules.auth.hba() != null && rules.auth.hbaConfigMapRef() != null) {
            refuse.accept("spec.auth", AuthSpec.TWO_RULES);
        }
        if (!rules.auth.hasRules()) {
            rules.auth.users().forEach(rules::wayIn);
        }
    }

    private void user(UserSpec user) {
        var path = "spec.auth.users[" + user.name() + "]";
        if (user.name().equals(SpecRules.ADMIN_USER)) {
            refuse.accept(path + ".name", "this name is the operator's own");
        }
        if (user.serverUser() != null && user.serverSecretRef() == null) {
            refuse.accept(path, UserSpec.SERVER_USER_ALONE);
        }
        if (user.previousSecretRef() != null && user.secretRef() == null) {
            refuse.accept(path, UserSpec.PREVIOUS_ALONE);
        }
        var size = user.poolSize();
        for (var database : spec.databases()) {
            if (size != null && database.admits(user) && size < database.minPoolSize()) {
                refuse.accept(
                        path + ".poolSize",
                        size + " is smaller than minPoolSize of database " + database.name() + ", which is "
                                + database.minPoolSize());
            }
        }
    }

    private void lookup() {
        var query = auth.authQuery();
        if (query == null) {
            return;
        }
        if ((query.serverUser() == null) != (query.serverSecretRef() == null)) {
            refuse.accept("spec.auth.authQuery", AuthQuerySpec.HALF_A_SERVER_USER);
        }
        if (GoDuration.parse(query.cacheTTL()).compareTo(GoDuration.parse("168h")) > 0) {
            refuse.accept("spec.auth.authQuery.cacheTTL", query.cacheTTL() + " must be at most 168h");
        }
    }

    private void issuer(TokenIssuerSpec issuer) {
        var path = "spec.auth.tokenIssuers[" + issuer.name() + "]";
        var keys = issuer.keys();
        if ((keys.from() == TokenIssuerSpec.Source.URL) != (keys.url() != null)) {
            refuse.accept(path + ".keys", TokenIssuerSpec.Keys.URL_AND_SOURCE);
        }
        if ((keys.from() == TokenIssuerSpec.Source.Secret) != (keys.secretRef() != null)) {
            refuse.accept(path + ".keys", TokenIssuerSpec.Keys.SECRET_AND_SOURCE);
        }
        if (keys.caSecretRef() != null && keys.from() != TokenIssuerSpec.Source.URL) {
            refuse.accept(path + ".keys", TokenIssuerSpec.Keys.CA_ALONE);
        }
        if (issuer.isCluster() && (issuer.userClaim() != null || issuer.roleClaim() != null)) {
            refuse.accept(path, TokenIssuerSpec.CLUSTER_CLAIMS);
        }
        var users = new HashSet<String>();
        auth.users().forEach(user -> users.add(user.name()));
        for (var account : issuer.accounts()) {
            if (auth.authQuery() == null && !users.contains(account.user())) {
                refuse.accept(
                        path + ".serviceAccounts",
                        "\"" + account.user() + "\" is none of auth.users[], expected one of "
                                + String.join(", ", users.stream().sorted().toList()));
            }
        }
    }

    private void lines() {
        var hba = Objects.requireNonNullElse(auth.hba(), List.<String>of());
        var text = String.join("\n", hba);
        for (var secret : RuleSecret.values()) {
            var problem = secret.problem(auth, text);
            if (problem != null) {
                refuse.accept("spec.auth.hba", problem);
            }
        }
    }

    /// Without rules of the owner each user comes in by one proof, which has to be clear.
    private void wayIn(UserSpec user) {
        var path = "spec.auth.users[" + user.name() + "]";
        var isNamed = auth.tokenIssuers().stream()
                .flatMap(issuer -> issuer.accounts().stream())
                .anyMatch(account -> account.user().equals(user.name()));
        if (user.secretRef() != null && isNamed) {
            refuse.accept(
                    path, "has a secretRef and serviceAccounts: auth.hba has to say which of them counts from where");
        }
        var issuers = auth.issuersOf(user.name());
        if (user.secretRef() == null && auth.tokenIssuers().isEmpty()) {
            refuse.accept("spec.auth.users", AuthSpec.NO_WAY_IN);
        } else if (user.secretRef() == null && issuers.size() != 1) {
            refuse.accept(
                    path,
                    "has no secretRef, and " + issuers.size()
                            + " token issuers could vouch for it: auth.hba has to say how it comes in");
        }
    }
}
