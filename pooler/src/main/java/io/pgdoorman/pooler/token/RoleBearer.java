package io.pgdoorman.pooler.token;

import io.pgdoorman.pooler.auth.OutsideCheck;
import java.util.function.BiPredicate;

/// The user is one of those that a claim lists, such as the roles or groups of a person.
///
/// @param userClaim who it is, for logs
/// @param mayBe whether the owner of a role may log in as that user: of the same name, or by a user-name map
record RoleBearer(String claim, String userClaim, BiPredicate<String, String> mayBe) implements Bearer {
    @Override
    public Found of(Claims claims, OutsideCheck.Attempt attempt) throws TokenException {
        var roles = claims.texts(claim);
        if (roles.stream().noneMatch(role -> mayBe.test(role, attempt.user()))) {
            throw TokenException.genuine("the token has no such user in its claim " + claim);
        }
        return Found.of(claims.text(userClaim).or(() -> claims.text("sub")).orElse("(unnamed)"));
    }
}
