package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.auth.AuthException;
import io.pgdoorman.pooler.auth.Challenge;
import io.pgdoorman.pooler.auth.LoginMessages;
import io.pgdoorman.pooler.auth.ScramServer;
import io.pgdoorman.pooler.auth.Verifier;
import io.pgdoorman.pooler.wire.BackendWriter;
import io.pgdoorman.pooler.wire.ProtocolException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// SCRAM-SHA-256, over TLS also with channel binding (manual, "SASL Authentication").
final class ScramExchange implements Exchange {
    private static final String SCRAM = "SCRAM-SHA-256";
    private static final String SCRAM_PLUS = "SCRAM-SHA-256-PLUS";

    private final Proof.Setting setting;
    private Challenge.Scram challenge;
    private final Outcome outcome;
    private @Nullable ScramServer server;
    private boolean expectsAnswer;

    ScramExchange(Proof.Setting setting, Challenge.Scram challenge, Outcome outcome) {
        this.setting = setting;
        this.challenge = challenge;
        this.outcome = outcome;
    }

    @Override
    public void demand() {
        expectsAnswer = true;
        var mechanisms = setting.encryption().binding().isPresent() ? List.of(SCRAM_PLUS, SCRAM) : List.of(SCRAM);
        setting.send().accept(out -> BackendWriter.authenticationSasl(out, mechanisms));
    }

    @Override
    public boolean expectsAnswer() {
        return expectsAnswer;
    }

    @Override
    public void answer(byte[] body) throws AuthException, ProtocolException {
        var begun = server;
        if (begun == null) {
            begin(body);
        } else {
            expectsAnswer = false;
            finish(begun, body);
        }
    }

    private void begin(byte[] body) throws AuthException, ProtocolException {
        var initial = LoginMessages.saslInitial(body);
        var begun = serverFor(initial.mechanism());
        byte[] data = initial.data();
        byte[] first = begun.first(data == null ? new byte[0] : data);
        server = begun;
        setting.send().accept(out -> BackendWriter.authenticationSaslContinue(out, first));
    }

    private ScramServer serverFor(String mechanism) throws ProtocolException {
        var binding = setting.encryption().binding();
        boolean plus = mechanism.equals(SCRAM_PLUS) && binding.isPresent();
        if (!plus && !mechanism.equals(SCRAM)) {
            throw ProtocolException.violation("client selected an invalid SASL authentication mechanism");
        }
        return new ScramServer(
                challenge.verifier(),
                challenge.mock(),
                new ScramServer.Binding(binding.isPresent(), plus, binding.orElse(new byte[0])));
    }

    @Override
    public boolean renewed(Challenge newer) {
        if (!(newer instanceof Challenge.Scram other)) {
            return false;
        }
        challenge = other;
        return true;
    }

    @Override
    public boolean again(Verifier newer) {
        var begun = server;
        if (begun == null || challenge.mock() || !(newer instanceof Verifier.Scram scram)) {
            return false;
        }
        decide(begun.again(scram));
        return true;
    }

    private void finish(ScramServer begun, byte[] body) throws AuthException {
        decide(begun.last(body));
    }

    private void decide(ScramServer.Outcome decided) {
        switch (decided) {
            case ScramServer.Accepted(var serverFinal, var clientKey) -> {
                setting.send().accept(out -> BackendWriter.authenticationSaslFinal(out, serverFinal));
                outcome.decided(true, Optional.of(clientKey));
            }
            case ScramServer.Rejected _ -> outcome.decided(false, Optional.empty());
        }
    }
}
