package io.pgdoorman.pooler.client;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.pgdoorman.pooler.auth.AuthException;
import io.pgdoorman.pooler.auth.BearerMessage;
import io.pgdoorman.pooler.auth.LoginMessages;
import io.pgdoorman.pooler.auth.OutsideCheck;
import io.pgdoorman.pooler.hba.HbaOptions;
import io.pgdoorman.pooler.stats.ProcessStats.Reason;
import io.pgdoorman.pooler.wire.BackendWriter;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// OAUTHBEARER (RFC 7628; manual, "OAuth Authorization/Authentication"). A client without a token, or with one that is
/// not good, is told who issues them before it is refused, so that it can fetch one and come again.
///
/// ```
/// AuthenticationSASL ─► token ─┬─ good: AuthenticationOk
///                              └─ none, or not good: who issues them ─► 0x01 ─► FATAL
/// ```
final class BearerExchange implements Exchange, Exchange.Outcome {
    private static final String WELL_KNOWN = "/.well-known/";

    private final Proof.Setting setting;
    private final HbaOptions options;
    private final OutsideCheck check;
    private final Outcome outcome;
    private Expect expect = Expect.NOTHING;
    private @Nullable Refusal refusal;

    private record Refusal(Reason reason, PgError error) {}

    private enum Expect {
        NOTHING,
        MECHANISM,
        TOKEN,
        ACKNOWLEDGEMENT
    }

    /// @param options of the rule, which name the issuer and the scope
    BearerExchange(Proof.Setting setting, HbaOptions options, OutsideCheck check, Outcome outcome) {
        this.setting = setting;
        this.options = options;
        this.check = check;
        this.outcome = outcome;
    }

    @Override
    public void demand() {
        if (CleartextExchange.isOverheard(setting)) {
            outcome.refused(Reason.TLS_REQUIRED, CleartextExchange.OVERHEARD);
            return;
        }
        expect = Expect.MECHANISM;
        setting.send().accept(out -> BackendWriter.authenticationSasl(out, List.of(BearerMessage.MECHANISM)));
    }

    @Override
    public boolean expectsAnswer() {
        return expect != Expect.NOTHING;
    }

    @Override
    public void answer(byte[] body) throws AuthException, ProtocolException {
        var asked = expect;
        expect = Expect.NOTHING;
        switch (asked) {
            case MECHANISM -> begin(body);
            case TOKEN -> judge(body);
            case ACKNOWLEDGEMENT -> end(body);
            case NOTHING -> throw new IllegalStateException("no answer is expected");
        }
    }

    private void begin(byte[] body) throws AuthException, ProtocolException {
        var initial = LoginMessages.saslInitial(body);
        if (!initial.mechanism().equals(BearerMessage.MECHANISM)) {
            throw ProtocolException.violation("client selected an invalid SASL authentication mechanism");
        }
        byte[] data = initial.data();
        if (data == null) {
            expect = Expect.TOKEN;
            setting.send().accept(out -> BackendWriter.authenticationSaslContinue(out, new byte[0]));
        } else {
            judge(data);
        }
    }

    private void judge(byte[] message) throws AuthException {
        var token = BearerMessage.token(message);
        if (token.isPresent()) {
            new OutsideInquiry(setting, check, this).accept(token.get());
        } else {
            // libpq does so before its first login; it is no attempt
            tellIssuer(
                    Reason.AUTH_DISCOVERY,
                    PgError.fatal(
                            check.sqlState(),
                            check.method() + " authentication failed for user \"" + setting.user() + "\""));
        }
    }

    private void tellIssuer(Reason reason, PgError error) {
        refusal = new Refusal(reason, error);
        expect = Expect.ACKNOWLEDGEMENT;
        var issuer = options.issuer().orElse("");
        var answer = JsonNodeFactory.instance
                .objectNode()
                .put("status", "invalid_token")
                .put(
                        "openid-configuration",
                        issuer.contains(WELL_KNOWN) ? issuer : issuer + WELL_KNOWN + "openid-configuration")
                .put("scope", options.scope().orElse(""))
                .toString()
                .getBytes(StandardCharsets.UTF_8);
        setting.send().accept(out -> BackendWriter.authenticationSaslContinue(out, answer));
    }

    private void end(byte[] body) throws AuthException {
        var why = refusal;
        if (why == null) {
            throw new IllegalStateException("nothing was refused");
        }
        BearerMessage.acknowledged(body);
        outcome.refused(why.reason(), why.error());
    }

    @Override
    public void decided(boolean fits, Optional<byte[]> clientKey) {
        outcome.decided(fits, clientKey);
    }

    @Override
    public void vouched(OutsideCheck.Accepted finding) {
        outcome.vouched(finding);
    }

    /// A token that is not good can be replaced; all else ends here.
    @Override
    public void refused(Reason reason, PgError error) {
        if (reason == Reason.AUTH_FAILED && error.sqlState().equals(check.sqlState())) {
            tellIssuer(reason, error);
        } else {
            outcome.refused(reason, error);
        }
    }
}
