package io.pgdoorman.operator.render;

import io.pgdoorman.operator.api.v1alpha1.AuthSpec;
import io.pgdoorman.operator.api.v1alpha1.Problem;
import io.pgdoorman.operator.api.v1alpha1.RuleSecret;
import io.pgdoorman.operator.api.v1alpha1.SecretUse;
import io.pgdoorman.operator.api.v1alpha1.TokenIssuerSpec;
import io.pgdoorman.operator.api.v1alpha1.UserSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/// Writes the rules by which clients come in: those of the owner, or one for each kind of proof.
final class HbaText {

    /// As much as `auth.hba` may have; the pods' ConfigMap holds several versions of a configuration.
    private static final int MOST_CHARACTERS = 256 * 512;

    private static final List<String> EVERYWHERE = List.of("0.0.0.0/0", "::/0");

    private final AuthSpec auth;
    private final SecretFiles secrets;
    private final Fleet fleet;
    private final StringBuilder lines = new StringBuilder();

    HbaText(AuthSpec auth, SecretFiles secrets, Fleet fleet) {
        this.auth = auth;
        this.secrets = secrets;
        this.fleet = fleet;
    }

    /// What is wrong with rules that the API server has not seen.
    static List<Problem> problems(AuthSpec auth, SecretUse use, SecretValue rules) {
        var where = use.ref().object() + ", key " + use.ref().key();
        var text = rules.value();
        if (text.length() > MOST_CHARACTERS) {
            return List.of(new Problem(
                    use.who(), where + " has " + text.length() + " characters, expected at most " + MOST_CHARACTERS));
        }
        return Arrays.stream(RuleSecret.values())
                .map(secret -> secret.problem(auth, text))
                .filter(Objects::nonNull)
                .map(problem -> new Problem(use.who(), where + ": " + problem))
                .toList();
    }

    String write() {
        fleet.tenants().forEach(tenant -> tenant(tenant, auth.hasRules()));
        if (!auth.hasRules()) {
            auth.users().forEach(this::user);
            everywhere("host all all", "scram-sha-256");
            return lines.toString();
        }
        own().forEach(line -> lines.append(withSecrets(line)).append('\n'));
        return lines.toString();
    }

    private List<String> own() {
        var map = auth.hbaConfigMapRef();
        return map == null
                ? Objects.requireNonNull(auth.hba())
                : secrets.value(map.rules()).value().lines().toList();
    }

    /// The owner consents to claims by access.rules, and cannot know their users' names.
    private void tenant(Tenant tenant, boolean isBeforeRules) {
        var who = quoted(tenant.database()) + " " + quoted(tenant.user());
        switch (tenant.proof()) {
            case Tenant.Proof.Token token -> everywhere("hostssl " + who, "jwt issuer=" + token.issuer());
            case Tenant.Proof.Password _ when isBeforeRules -> everywhere("host " + who, "scram-sha-256");
            case Tenant.Proof.Password _ -> {} // As everybody.
        }
    }

    /// A user whose verifier is md5 cannot prove itself by SCRAM, and one without any comes in by token.
    private void user(UserSpec user) {
        var password = user.secretRef();
        if (password == null) {
            auth.issuersOf(user.name()).forEach(issuer -> token(user, issuer));
        } else if (secrets.value(password).kind() == SecretValue.Kind.MD5) {
            everywhere("host all " + quoted(user.name()), "md5");
        }
    }

    private void token(UserSpec user, TokenIssuerSpec issuer) {
        everywhere("hostssl all " + quoted(user.name()), "jwt issuer=" + issuer.name());
    }

    private String withSecrets(String line) {
        var text = line;
        for (var secret : RuleSecret.values()) {
            var ref = secret.in(auth);
            if (ref != null && text.contains(secret.word())) {
                text = text.replace(secret.word(), "@" + secrets.rule(secret, ref));
            }
        }
        return text;
    }

    private void everywhere(String who, String method) {
        for (var network : EVERYWHERE) {
            lines.append(who)
                    .append(' ')
                    .append(network)
                    .append(' ')
                    .append(method)
                    .append('\n');
        }
    }

    private static String quoted(String name) {
        return "\"" + name + "\"";
    }
}
