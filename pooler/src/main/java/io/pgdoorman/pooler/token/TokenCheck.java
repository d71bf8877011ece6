package io.pgdoorman.pooler.token;

import io.pgdoorman.pooler.auth.OutsideCheck;
import io.pgdoorman.pooler.wire.SqlState;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/// Lets in who shows a token of one issuer, in the place of a password or by OAUTHBEARER.
///
/// What is no token is refused on the caller's thread, before a key is looked for or any crypto is done.
public final class TokenCheck implements OutsideCheck {
    private final Issuer issuer;
    private final Bearer bearer;
    private final Means means;

    /// Whose tokens count.
    ///
    /// @param endsSessions whether a session ends with its token
    public record Issuer(KeySource keys, Demands demands, boolean endsSessions) {}

    /// @param crypto where signatures are verified
    public record Means(Executor crypto, InstantSource clock, Way way) {
        /// In the place of a password.
        public static Means of(Executor crypto, InstantSource clock) {
            return new Means(crypto, clock, Way.PASSWORD);
        }

        /// The same for tokens that come that way.
        public Means by(Way other) {
            return new Means(crypto, clock, other);
        }
    }

    /// How tokens come, and what a client gets whose token is not good.
    public enum Way {
        /// As PgDoorman has it.
        PASSWORD("token", SqlState.INVALID_PASSWORD),
        /// As PostgreSQL has it.
        OAUTHBEARER("OAuth bearer", SqlState.INVALID_AUTHORIZATION);

        private final String word;
        private final String sqlState;

        Way(String word, String sqlState) {
            this.word = word;
            this.sqlState = sqlState;
        }
    }

    TokenCheck(Issuer issuer, Bearer bearer, Means means) {
        this.issuer = issuer;
        this.bearer = bearer;
        this.means = means;
    }

    @Override
    public String method() {
        return means.way().word;
    }

    @Override
    public String sqlState() {
        return means.way().sqlState;
    }

    @Override
    public CompletionStage<Finding> check(Attempt attempt) {
        SignedToken token;
        try {
            token = SignedToken.parse(attempt.secret(), issuer.demands().algorithms());
        } catch (TokenException e) {
            return CompletableFuture.completedStage(Refused.silently(e.text()));
        }
        return issuer.keys()
                .keysFor(token.keyId())
                .thenApplyAsync(keys -> judge(token, keys, attempt), means.crypto())
                .exceptionally(TokenCheck::unavailable);
    }

    private Finding judge(SignedToken token, KeySet keys, Attempt attempt) {
        try {
            var claims = token.verified(keys);
            var now = means.clock().instant();
            var until = issuer.demands().check(claims, now);
            var found = bearer.of(claims, attempt);
            Optional<Duration> lasts =
                    issuer.endsSessions() ? Optional.of(Duration.between(now, until)) : Optional.empty();
            return new Accepted(found.who(), lasts, found.as());
        } catch (TokenException e) {
            return new Refused(e.text(), e.isGenuine() ? e.text() : "");
        }
    }

    private static Finding unavailable(Throwable failure) {
        var cause = failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof TokenKeyException noKeys) {
            return new Unavailable(noKeys.text());
        }
        throw failure instanceof CompletionException known ? known : new CompletionException(failure);
    }
}
