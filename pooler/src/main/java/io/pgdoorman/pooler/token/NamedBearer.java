package io.pgdoorman.pooler.token;

import io.pgdoorman.pooler.auth.OutsideCheck;
import java.util.function.BiPredicate;

/// The user is the one that a claim names.
///
/// @param mayBe whether the owner of a name in a claim may log in as that user: the same, or by a user-name map
record NamedBearer(String claim, BiPredicate<String, String> mayBe) implements Bearer {
    @Override
    public Found of(Claims claims, OutsideCheck.Attempt attempt) throws TokenException {
        var name = claims.text(claim).orElseThrow(() -> TokenException.genuine("the token has no " + claim));
        if (!mayBe.test(name, attempt.user())) {
            throw TokenException.genuine("the token is of \"" + name + "\" in its claim " + claim);
        }
        return Found.of(name);
    }
}
