package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.auth.AuthException;
import io.pgdoorman.pooler.auth.Challenge;
import io.pgdoorman.pooler.auth.LoginMessages;
import io.pgdoorman.pooler.auth.Verifier;
import io.pgdoorman.pooler.stats.ProcessStats.Reason;
import io.pgdoorman.pooler.wire.BackendWriter;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.SqlState;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;

/// AuthenticationCleartextPassword, which is asked for only where nobody listens.
final class CleartextExchange implements Exchange {
    /// What a client is told then.
    static final PgError OVERHEARD = PgError.fatal(
                    SqlState.INVALID_AUTHORIZATION, "password authentication is not possible without encryption")
            .withHint("Connect with sslmode=require; cleartext_passwords says where else secrets may pass in clear.");

    private final Proof.Setting setting;
    private final Consumer<String> inquiry;
    private final Outcome outcome;
    private boolean expectsAnswer;

    /// @param inquiry gets the password or token and tells the outcome
    CleartextExchange(Proof.Setting setting, Consumer<String> inquiry, Outcome outcome) {
        this.setting = setting;
        this.inquiry = inquiry;
        this.outcome = outcome;
    }

    @Override
    public void demand() {
        if (isOverheard(setting)) {
            outcome.refused(Reason.TLS_REQUIRED, OVERHEARD);
            return;
        }
        expectsAnswer = true;
        setting.send().accept(BackendWriter::authenticationCleartext);
    }

    /// Whether what is sent now could be read on the way, and the configuration minds.
    static boolean isOverheard(Proof.Setting setting) {
        var from = setting.caller().address();
        if (setting.encryption().isOn() || from == null) {
            return false; // a Unix socket has no wire
        }
        return switch (setting.building().encryption().live().get().cleartext()) {
            case TLS -> true;
            case LOOPBACK -> !from.isLoopbackAddress();
            case ANYWHERE -> false;
        };
    }

    @Override
    public boolean expectsAnswer() {
        return expectsAnswer;
    }

    @Override
    public void answer(byte[] body) throws AuthException {
        expectsAnswer = false;
        byte[] password = LoginMessages.password(body);
        var text = new String(password, StandardCharsets.UTF_8);
        Arrays.fill(password, (byte) 0);
        inquiry.accept(text);
    }

    @Override
    public boolean renewed(Challenge newer) {
        if (!(inquiry instanceof StoredInquiry comparison) || !(newer instanceof Challenge.Cleartext(var stored))) {
            return false;
        }
        comparison.with(stored);
        return true;
    }

    @Override
    public boolean again(Verifier newer) {
        return inquiry instanceof StoredInquiry stored && stored.again(newer);
    }
}
