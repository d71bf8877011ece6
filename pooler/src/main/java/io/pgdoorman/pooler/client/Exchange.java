package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.auth.AuthException;
import io.pgdoorman.pooler.auth.Challenge;
import io.pgdoorman.pooler.auth.OutsideCheck;
import io.pgdoorman.pooler.auth.Verifier;
import io.pgdoorman.pooler.stats.ProcessStats.Reason;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.ProtocolException;
import java.util.Optional;

/// The messages by which one method lets a client prove who it is. Belongs to the event loop.
sealed interface Exchange permits Md5Exchange, ScramExchange, CleartextExchange, BearerExchange, GssExchange {
    /// Asks the client, and is told the outcome later; or refuses to ask.
    void demand();

    /// Whether the next message has to come from the client.
    boolean expectsAnswer();

    /// How long the client's answer may be; the longest by default are tokens. PostgreSQL allows 65,535 bytes, which no
    /// issuer needs.
    default int longestAnswer() {
        return 16 * 1024;
    }

    /// The client's answer; only while one is expected.
    void answer(byte[] body) throws AuthException, ProtocolException;

    /// The proof did not fit, and what is stored is something else by now: tries the answer on that, where it can.
    ///
    /// @return whether an outcome follows
    default boolean again(Verifier newer) {
        return false;
    }

    /// Something else is stored, as was learned before the first answer was taken.
    ///
    /// @return whether what the client was asked already fits that
    default boolean renewed(Challenge newer) {
        return false;
    }

    /// What comes of it; told once for each try.
    interface Outcome {
        /// @param clientKey of SCRAM, where one was seen
        void decided(boolean fits, Optional<byte[]> clientKey);

        /// Somebody outside of the pooler says that it is good.
        void vouched(OutsideCheck.Accepted finding);

        /// It is refused for another reason than a wrong password.
        void refused(Reason reason, PgError error);
    }
}
