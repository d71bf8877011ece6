package io.pgdoorman.pooler.client;

import io.netty.buffer.ByteBuf;
import io.pgdoorman.pooler.auth.AuthException;
import io.pgdoorman.pooler.auth.Challenge;
import io.pgdoorman.pooler.auth.LoginMessages;
import io.pgdoorman.pooler.auth.Md5Auth;
import io.pgdoorman.pooler.auth.PasswordCheck;
import io.pgdoorman.pooler.auth.ScramServer;
import io.pgdoorman.pooler.auth.Verifier;
import io.pgdoorman.pooler.hba.HbaDecision;
import io.pgdoorman.pooler.hba.HbaMethod;
import io.pgdoorman.pooler.stats.ProcessStats.Reason;
import io.pgdoorman.pooler.tls.CertificateName;
import io.pgdoorman.pooler.tls.Encryption;
import io.pgdoorman.pooler.wire.BackendWriter;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.ProtocolException;
import io.pgdoorman.pooler.wire.SqlState;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// How one client proves who it is, once the rules have said what is demanded. Unknown users and wrong
/// passwords look the same. Belongs to the event loop.
final class Proof {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String SCRAM = "SCRAM-SHA-256";
    private static final String SCRAM_PLUS = "SCRAM-SHA-256-PLUS";

    private final Setting setting;
    private final HbaDecision decision;
    private final Verdict verdict;
    private Expect expect = Expect.NOTHING;
    private Challenge challenge = new Challenge.Open();
    private byte[] salt = new byte[0];
    private @Nullable ScramServer scram;

    private enum Expect {
        NOTHING,
        MD5,
        CLEARTEXT,
        SASL_INITIAL,
        SASL_FINAL
    }

    /// Who is asked, over what.
    ///
    /// @param later runs a task on the connection's event loop, unless the connection is gone by then
    record Setting(
            String user,
            Encryption encryption,
            Building building,
            Directory.Access access,
            Consumer<Consumer<ByteBuf>> send,
            Consumer<Runnable> later) {}

    /// What comes of it; told once.
    interface Verdict {
        /// @param clientKey of SCRAM, where one was seen
        void accepted(Optional<byte[]> clientKey);

        void refused(Reason reason, PgError error);
    }

    Proof(Setting setting, HbaDecision decision, Verdict verdict) {
        this.setting = setting;
        this.decision = decision;
        this.verdict = verdict;
    }

    boolean expectsAnswer() {
        return expect != Expect.NOTHING;
    }

    /// Asks for the proof.
    ///
    /// @param verifier what is stored; null for an unknown user
    void demand(@Nullable Verifier verifier) {
        boolean certificate =
                decision.method() == HbaMethod.CERT || decision.options().wantsCertificate();
        if (certificate && setting.encryption().peer().isEmpty()) {
            refuse(PgError.fatal(SqlState.INVALID_AUTHORIZATION, "connection requires a valid client certificate"));
            return;
        }
        challenge = Challenge.of(
                decision.method(), setting.user(), verifier, setting.building().mocks());
        switch (challenge) {
            case Challenge.Open _, Challenge.Certificate _ -> proven(Optional.empty());
            case Challenge.Md5 _ -> {
                salt = new byte[4];
                RANDOM.nextBytes(salt);
                expect = Expect.MD5;
                send(out -> BackendWriter.authenticationMd5(out, salt));
            }
            case Challenge.Cleartext _ -> demandCleartext();
            case Challenge.Scram _ -> {
                expect = Expect.SASL_INITIAL;
                var mechanisms =
                        setting.encryption().binding().isPresent() ? List.of(SCRAM_PLUS, SCRAM) : List.of(SCRAM);
                send(out -> BackendWriter.authenticationSasl(out, mechanisms));
            }
            case Challenge.Refused _ -> throw new IllegalStateException("refused by the rules");
        }
    }

    private void demandCleartext() {
        if (!setting.encryption().isOn()) {
            verdict.refused(
                    Reason.TLS_REQUIRED,
                    PgError.fatal(
                                    SqlState.INVALID_AUTHORIZATION,
                                    "password authentication is not possible without encryption")
                            .withHint("Connect with sslmode=require, or use scram-sha-256 in pg_hba."));
            return;
        }
        expect = Expect.CLEARTEXT;
        send(BackendWriter::authenticationCleartext);
    }

    /// The client's answer to what was asked.
    void answer(byte[] body) throws AuthException, ProtocolException {
        var asked = expect;
        expect = Expect.NOTHING;
        switch (asked) {
            case MD5 -> {
                var md5 = (Challenge.Md5) challenge;
                boolean fits = Md5Auth.matches(md5.verifier().hash(), salt, LoginMessages.password(body));
                decide(fits && !md5.mock(), Optional.empty());
            }
            case CLEARTEXT -> checkPassword(LoginMessages.password(body));
            case SASL_INITIAL -> {
                var initial = LoginMessages.saslInitial(body);
                var exchange = exchange(initial.mechanism());
                scram = exchange;
                byte[] data = initial.data();
                byte[] first = exchange.first(data == null ? new byte[0] : data);
                expect = Expect.SASL_FINAL;
                send(out -> BackendWriter.authenticationSaslContinue(out, first));
            }
            case SASL_FINAL -> finish(body);
            case NOTHING -> throw new IllegalStateException("no answer is expected");
        }
    }

    private ScramServer exchange(String mechanism) throws ProtocolException {
        var binding = setting.encryption().binding();
        boolean plus = mechanism.equals(SCRAM_PLUS) && binding.isPresent();
        if (!plus && !mechanism.equals(SCRAM)) {
            throw ProtocolException.violation("client selected an invalid SASL authentication mechanism");
        }
        var asked = (Challenge.Scram) challenge;
        return new ScramServer(
                asked.verifier(),
                asked.mock(),
                new ScramServer.Binding(binding.isPresent(), plus, binding.orElse(new byte[0])));
    }

    private void finish(byte[] body) throws AuthException {
        var exchange = scram;
        if (exchange == null) {
            throw new IllegalStateException("no SCRAM exchange");
        }
        switch (exchange.last(body)) {
            case ScramServer.Accepted(var serverFinal, var clientKey) -> {
                send(out -> BackendWriter.authenticationSaslFinal(out, serverFinal));
                decide(true, Optional.of(clientKey));
            }
            case ScramServer.Rejected _ -> decide(false, Optional.empty());
        }
    }

    /// Deriving keys takes milliseconds, which an event loop has not.
    private void checkPassword(byte[] password) {
        var user = setting.user();
        var stored = ((Challenge.Cleartext) challenge).verifier();
        var mock = setting.building().mocks().forUser(user);
        var text = new String(password, StandardCharsets.UTF_8);
        var _ = CompletableFuture.supplyAsync(
                        () -> PasswordCheck.check(stored, mock, user, text),
                        setting.building().encryption().crypto())
                .whenComplete((result, failure) -> setting.later().accept(() -> {
                    if (failure != null) {
                        refuse(PgError.fatal(SqlState.INTERNAL_ERROR, "the password could not be checked"));
                    } else {
                        decide(result.fits(), result.clientKey());
                    }
                }));
    }

    private void decide(boolean fits, Optional<byte[]> clientKey) {
        if (fits) {
            proven(clientKey);
        } else {
            wrongPassword();
        }
    }

    /// The certificate has its say last, as in PostgreSQL (`CheckCertAuth`).
    private void proven(Optional<byte[]> clientKey) {
        var options = decision.options();
        boolean byCertificate = decision.method() == HbaMethod.CERT;
        if ((byCertificate || options.wantsMatchingCertificate()) && !certificateFits()) {
            if (byCertificate) {
                refuse(PgError.fatal(
                        SqlState.INVALID_AUTHORIZATION,
                        "certificate authentication failed for user \"" + setting.user() + "\""));
            } else {
                wrongPassword();
            }
            return;
        }
        verdict.accepted(clientKey);
    }

    private boolean certificateFits() {
        var options = decision.options();
        return setting.encryption()
                .peer()
                .flatMap(options.wantsDistinguishedName() ? CertificateName::distinguished : CertificateName::common)
                .filter(name -> setting.access()
                        .maps()
                        .allows(
                                options.map().orElse(null),
                                name,
                                setting.user(),
                                setting.access().surroundings()))
                .isPresent();
    }

    private void wrongPassword() {
        refuse(PgError.fatal(
                SqlState.INVALID_PASSWORD, "password authentication failed for user \"" + setting.user() + "\""));
    }

    private void refuse(PgError error) {
        verdict.refused(Reason.AUTH_FAILED, error);
    }

    private void send(Consumer<ByteBuf> writer) {
        setting.send().accept(writer);
    }
}
