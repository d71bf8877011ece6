package io.pgdoorman.pooler.token;

import io.pgdoorman.pooler.auth.OutsideCheck;
import java.util.List;
import java.util.function.BiPredicate;

/// The checks of tokens, by whom they let in.
public final class TokenChecks {
    private final TokenCheck.Means means;

    public TokenChecks(TokenCheck.Means means) {
        this.means = means;
    }

    /// The user whom a claim names.
    ///
    /// @param mayBe whether the owner of a name may log in as that user
    public OutsideCheck named(TokenCheck.Issuer issuer, String claim, BiPredicate<String, String> mayBe) {
        return new TokenCheck(issuer, new NamedBearer(claim, mayBe), means);
    }

    /// One of the users that a claim lists.
    public OutsideCheck roles(TokenCheck.Issuer issuer, RoleClaims claims, BiPredicate<String, String> mayBe) {
        return new TokenCheck(issuer, new RoleBearer(claims.roles, claims.user, mayBe), means);
    }

    /// Which claims say the roles and the person.
    public record RoleClaims(String roles, String user) {}

    /// A user whom the workload may be.
    public OutsideCheck serviceAccounts(TokenCheck.Issuer issuer, List<ServiceAccount> rules) {
        return new TokenCheck(issuer, new ServiceAccountBearer(rules), means);
    }

    /// Ozon's role tokens.
    public OutsideCheck talos(TokenCheck.Issuer issuer, List<String> databases) {
        return new TokenCheck(issuer, new TalosBearer(databases), means);
    }
}
