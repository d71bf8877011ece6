package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Who may log in, and by which proof. Passwords stand in Secrets only; there is no field for one.
@ValidationRule(value = "has(self.authQuery) || (has(self.users) && size(self.users) > 0)", message = AuthSpec.NOBODY)
@ValidationRule(
        value = "has(self.hba) || has(self.hbaConfigMapRef) || has(self.tokenIssuers) || !has(self.users)"
                + " || self.users.all(u, has(u.secretRef))",
        message = AuthSpec.NO_WAY_IN,
        fieldPath = ".users")
@ValidationRule(
        value = "has(self.authQuery) || !has(self.tokenIssuers) || self.tokenIssuers.all(i, !has(i.serviceAccounts)"
                + " || i.serviceAccounts.all(a, has(self.users) && self.users.exists(u, u.name == a.user)))",
        message = "each of tokenIssuers[].serviceAccounts[].user must name one of users[]")
@ValidationRule(value = "!has(self.hba) || !has(self.hbaConfigMapRef)", message = AuthSpec.TWO_RULES)
@ValidationRule(
        value = "!has(self.hba) || self.hba.all(l, !l.contains('ldapbindpasswd'))",
        message = AuthSpec.PASSWORD_IN_RULES,
        fieldPath = ".hba")
@ValidationRule(
        value = "!has(self.hba) || self.hba.all(l, !l.contains('radiussecrets'))",
        message = AuthSpec.SECRET_IN_RULES,
        fieldPath = ".hba")
public record AuthSpec(
        @ListMap("name")
        @Size(max = 256)
        @JsonPropertyDescription("Users; each may use every database of the pool.")
        @Nullable
        List<UserSpec> users,

        @JsonPropertyDescription("Users who are not listed are looked up in PostgreSQL.") @Nullable
        AuthQuerySpec authQuery,

        @ListMap("name")
        @Size(max = 8)
        @JsonPropertyDescription(
                "Whose tokens let in; they need a certificate in tls.client, as a token passes in clear.")
        @Nullable
        List<TokenIssuerSpec> tokenIssuers,

        @InOrder
        @Size(min = 1, max = 256)
        @JsonPropertyDescription(
                "Lines of pg_hba.conf, the first that fits decides; if absent, users come in by password or, without a"
                        + " secretRef, by token. @ldap-bind stands for the password of ldap.bindSecretRef,"
                        + " @radius-secret for that of radius.secretRef.")
        @Nullable
        List<@Size(min = 1, max = 512) @Pattern(AuthSpec.LINE) String> hba,

        @JsonPropertyDescription("A ConfigMap with these lines; what changes in it is loaded at once.") @Nullable
        ConfigMapRef hbaConfigMapRef,

        @InOrder
        @Size(min = 1, max = 256)
        @JsonPropertyDescription("Lines of pg_ident.conf, for rules with map=.")
        @Nullable
        List<@Size(min = 1, max = 512) @Pattern(AuthSpec.LINE) String> userMaps,

        @ListMap("name")
        @Size(min = 1, max = 64)
        @JsonPropertyDescription("Roles that rules name as +role or mean by samerole.")
        @Nullable
        List<RoleSpec> roles,

        @JsonPropertyDescription("Directories of rules with the method ldap.") @Nullable
        LdapSpec ldap,

        @JsonPropertyDescription("Servers of rules with the method radius.") @Nullable
        RadiusSpec radius,

        @JsonPropertyDescription("The realm of rules with the method gss.") @Nullable
        KerberosSpec kerberos,

        @JsonPropertyDescription("Who may look at the pods' admin console and change nothing.") @Nullable
        StatsUserSpec statsUser) {

    static final String LINE = "^[^\\n\\r]+$";
    static final String NOBODY = "auth needs users or an authQuery";
    static final String TWO_RULES = "hba and hbaConfigMapRef exclude each other";
    static final String NO_WAY_IN = "a user without a secretRef needs tokenIssuers or hba to come in by";
    /// Passwords stand in Secrets only.
    public static final String PASSWORD_IN_RULES =
            "ldapbindpasswd must not stand in rules: use ldap.bindSecretRef and @ldap-bind";

    /// Secrets stand in Secrets only.
    public static final String SECRET_IN_RULES =
            "radiussecrets must not stand in rules: use radius.secretRef and @radius-secret";

    /// Whether the owner says by rules who comes in and how.
    public boolean hasRules() {
        return hba != null || hbaConfigMapRef != null;
    }

    /// Users; none without a list.
    @Override
    public List<UserSpec> users() {
        return users == null ? List.of() : users;
    }

    /// Issuers; none without a list.
    @Override
    public List<TokenIssuerSpec> tokenIssuers() {
        return tokenIssuers == null ? List.of() : tokenIssuers;
    }

    /// Issuers that could vouch for a user who has no password: those that name it, else those that go by claims.
    public List<TokenIssuerSpec> issuersOf(String user) {
        var naming = tokenIssuers().stream()
                .filter(issuer -> issuer.accounts().stream()
                        .anyMatch(account -> account.user().equals(user)))
                .toList();
        return naming.isEmpty()
                ? tokenIssuers().stream()
                        .filter(issuer -> issuer.serviceAccounts() == null && !issuer.isCluster())
                        .toList()
                : naming;
    }

    /// The issuer of this cluster's ServiceAccounts, if the pool takes their tokens.
    public Optional<TokenIssuerSpec> clusterIssuer() {
        return tokenIssuers().stream().filter(TokenIssuerSpec::isCluster).findFirst();
    }

    /// A role of rules.
    public record RoleSpec(
            @Required @Size(min = 1, max = 63) @JsonPropertyDescription("Name of the role.")
            String name,

            @Required @Size(min = 1, max = 256) @JsonPropertyDescription("Its members; a member may be a role.")
            List<@Size(min = 1, max = 63) String> members) {}

    /// What directories need beside the rules that name them.
    public record LdapSpec(
            @JsonPropertyDescription("Authorities of the directories' certificates; Java's own if absent.") @Nullable
            CaSecretRef caSecretRef,

            @JsonPropertyDescription("Password of ldapbinddn.") @Nullable
            SecretRef bindSecretRef) {}

    /// What RADIUS servers need beside the rules that name them.
    public record RadiusSpec(
            @Required
            @JsonPropertyDescription(
                    "The secret shared with the servers; with one for each, all in their order, separated by commas.")
            SecretRef secretRef) {}

    /// What tickets need beside the rules that ask for them.
    public record KerberosSpec(
            @Required
            @JsonPropertyDescription(
                    "Keys of the service that clients ask for, as postgres/HOST@REALM with the Service's name for"
                            + " HOST.")
            KeytabSecretRef keytabSecretRef) {}

    /// A user of the console.
    @ValidationRule(
            value = "self.name != 'pgdoorman-admin'",
            message = "this name is the operator's own",
            fieldPath = ".name")
    public record StatsUserSpec(
            @Required @Size(min = 1, max = 63) @Pattern(UserSpec.NAME) @JsonPropertyDescription("Name of the user.")
            String name,

            @Required @JsonPropertyDescription("Where its password stands.")
            SecretRef secretRef) {}
}
