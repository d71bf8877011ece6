package io.pgdoorman.pooler.client;

import io.netty.buffer.ByteBuf;
import io.pgdoorman.pooler.auth.AuthException;
import io.pgdoorman.pooler.auth.Challenge;
import io.pgdoorman.pooler.auth.OutsideCheck;
import io.pgdoorman.pooler.auth.Verifier;
import io.pgdoorman.pooler.hba.HbaDecision;
import io.pgdoorman.pooler.hba.HbaMethod;
import io.pgdoorman.pooler.stats.ProcessStats.Reason;
import io.pgdoorman.pooler.tls.CertificateName;
import io.pgdoorman.pooler.tls.Encryption;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.ProtocolException;
import io.pgdoorman.pooler.wire.SqlState;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// How one client proves who it is, once the rules have said what is demanded: an [Exchange] of the method, then
/// the certificate. Unknown users and wrong passwords look the same. Belongs to the event loop.
final class Proof implements Exchange.Outcome {
    static final PgError NO_CERTIFICATE =
            PgError.fatal(SqlState.INVALID_AUTHORIZATION, "connection requires a valid client certificate");

    private final Setting setting;
    private final HbaDecision decision;
    private final Verdict verdict;
    private @Nullable Exchange exchange;
    private @Nullable Source source;
    private @Nullable Verifier stored;
    private boolean unsure;

    /// Where what is stored may be something else by now.
    interface Source {
        /// @param then gets it on the connection's event loop; null where nothing is stored, or nobody can say
        void askAnew(Consumer<@Nullable Verifier> then);

        /// Whether users there have md5 hashes, so that an unknown one has to look as if it had one.
        default boolean isMd5Usual() {
            return false;
        }
    }

    /// Who is asked, over what.
    ///
    /// @param later runs a task on the connection's event loop, unless the connection is gone by then
    record Setting(
            Caller caller,
            String database,
            String user,
            Encryption encryption,
            Building building,
            Directory.Access access,
            Consumer<Consumer<ByteBuf>> send,
            Consumer<Runnable> later) {}

    /// What comes of it; told once.
    interface Verdict {
        void accepted(Admission admission);

        void refused(Reason reason, PgError error);
    }

    Proof(Setting setting, HbaDecision decision, Verdict verdict) {
        this.setting = setting;
        this.decision = decision;
        this.verdict = verdict;
    }

    boolean expectsAnswer() {
        var begun = exchange;
        return !unsure && begun != null && begun.expectsAnswer();
    }

    int longestAnswer() {
        var begun = exchange;
        return begun == null ? 0 : begun.longestAnswer();
    }

    /// What is stored may be something else by now: no answer is taken until that is known.
    void doubts() {
        unsure = true;
    }

    /// What is stored counts, as nobody says otherwise.
    void trusts() {
        unsure = false;
    }

    /// This is stored now; null for a user who is gone. Where the client was asked for another kind of proof
    /// already, it has to come again.
    void confirmed(@Nullable Verifier newer) {
        unsure = false;
        var asked = exchange;
        if (asked != null
                && !Objects.equals(newer, stored)
                && !decision.method().asksOutside()
                && !asked.renewed(challenge(newer))) {
            wrongPassword();
        }
        stored = newer;
        source = null;
    }

    /// A proof that does not fit is a reason to ask there, once.
    Proof over(Source changing) {
        source = changing;
        return this;
    }

    /// Whether the rule demands a certificate, which comes before its method as in PostgreSQL, and there is none.
    static boolean lacksCertificate(HbaDecision decision, Encryption encryption) {
        return (decision.method() == HbaMethod.CERT || decision.options().wantsCertificate())
                && encryption.peer().isEmpty();
    }

    /// Asks for the proof.
    ///
    /// @param verifier what is stored; null for an unknown user
    void demand(@Nullable Verifier verifier) {
        stored = verifier;
        if (lacksCertificate(decision, setting.encryption())) {
            refuse(NO_CERTIFICATE);
            return;
        }
        if (decision.method() == HbaMethod.GSS) {
            begin(new GssExchange(setting, decision.options(), setting.access().ticketsOf(decision), named("GSSAPI")));
            return;
        }
        if (decision.method().asksOutside()) {
            var check = setting.access().checkOf(decision);
            begin(
                    decision.method() == HbaMethod.OAUTH
                            ? new BearerExchange(setting, decision.options(), check, this)
                            : outside(check));
            return;
        }
        if (decision.method() == HbaMethod.PEER) {
            new OwnerInquiry(setting, named("Peer")).peer();
            return;
        }
        if (decision.method() == HbaMethod.IDENT) {
            new OwnerInquiry(setting, named("Ident")).ident();
            return;
        }
        switch (challenge(verifier)) {
            case Challenge.Open _, Challenge.Certificate _ -> proven(Admission.with(Optional.empty()));
            case Challenge.Md5 md5 -> begin(new Md5Exchange(setting, md5, this));
            case Challenge.Cleartext(var stored) ->
                begin(new CleartextExchange(setting, new StoredInquiry(setting, stored, this), this));
            case Challenge.Outside(var check) -> begin(outside(check));
            case Challenge.Scram scram -> begin(new ScramExchange(setting, scram, this));
            case Challenge.Refused _ -> throw new IllegalStateException("refused by the rules");
        }
    }

    /// A system says whose process the client is, or a ticket who it is.
    private Consumer<Optional<String>> named(String by) {
        return name -> {
            if (name.filter(this::isMapped).isPresent()) {
                proven(Admission.with(Optional.empty()));
            } else {
                refuse(PgError.fatal(
                        SqlState.INVALID_AUTHORIZATION,
                        by + " authentication failed for user \"" + setting.user() + "\""));
            }
        };
    }

    /// Whether the user's name is this one, or one that the rule's map leads to.
    private boolean isMapped(String name) {
        var access = setting.access();
        return access.maps().allows(decision.options().map().orElse(null), name, setting.user(), access.surroundings());
    }

    private Challenge challenge(@Nullable Verifier verifier) {
        var mocks = setting.building().mocks();
        var unlisted = source;
        return unlisted != null && unlisted.isMd5Usual()
                ? Challenge.ofUnlisted(decision.method(), setting.user(), verifier, mocks)
                : Challenge.of(decision.method(), setting.user(), verifier, mocks);
    }

    private Exchange outside(OutsideCheck check) {
        return new CleartextExchange(setting, new OutsideInquiry(setting, check, this), this);
    }

    private void begin(Exchange begun) {
        exchange = begun;
        begun.demand();
    }

    /// The client's answer to what was asked.
    void answer(byte[] body) throws AuthException, ProtocolException {
        var asked = exchange;
        if (asked == null) {
            throw new IllegalStateException("no answer is expected");
        }
        asked.answer(body);
    }

    @Override
    public void decided(boolean fits, Optional<byte[]> clientKey) {
        if (fits) {
            proven(Admission.with(clientKey));
        } else {
            secondThought();
        }
    }

    private void secondThought() {
        var asked = source;
        if (asked == null) {
            wrongPassword();
            return;
        }
        source = null;
        asked.askAnew(newer -> {
            var tried = exchange;
            if (newer == null || newer.equals(stored) || tried == null || !tried.again(newer)) {
                wrongPassword();
            }
        });
    }

    @Override
    public void vouched(OutsideCheck.Accepted finding) {
        proven(Admission.by(finding));
    }

    @Override
    public void refused(Reason reason, PgError error) {
        verdict.refused(reason, error);
    }

    /// The certificate has its say last, as in PostgreSQL (`CheckCertAuth`).
    private void proven(Admission admission) {
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
        verdict.accepted(admission);
    }

    private boolean certificateFits() {
        var options = decision.options();
        return setting.encryption()
                .peer()
                .flatMap(options.wantsDistinguishedName() ? CertificateName::distinguished : CertificateName::common)
                .filter(this::isMapped)
                .isPresent();
    }

    private void wrongPassword() {
        refuse(PgError.fatal(
                SqlState.INVALID_PASSWORD, "password authentication failed for user \"" + setting.user() + "\""));
    }

    private void refuse(PgError error) {
        verdict.refused(Reason.AUTH_FAILED, error);
    }
}
