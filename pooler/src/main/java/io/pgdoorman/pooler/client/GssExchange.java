package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.gss.Tickets;
import io.pgdoorman.pooler.hba.HbaOptions;
import io.pgdoorman.pooler.wire.BackendWriter;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// AuthenticationGSS (manual, "GSSAPI Authentication"): tokens go to and fro until a ticket says who the client is.
final class GssExchange implements Exchange {
    /// As PostgreSQL's PG_MAX_AUTH_TOKEN_LENGTH: a ticket may list all groups of its owner.
    private static final int LONGEST_TOKEN = 65_535;

    private static final Logger LOG = LoggerFactory.getLogger(GssExchange.class);

    private final Proof.Setting setting;
    private final HbaOptions options;
    private final Tickets.Talk talk;
    private final Consumer<Optional<String>> then;
    private boolean expectsAnswer;

    /// @param then told the name by which the client came; empty for none
    GssExchange(Proof.Setting setting, HbaOptions options, Tickets tickets, Consumer<Optional<String>> then) {
        this.setting = setting;
        this.options = options;
        this.talk = tickets.begin();
        this.then = then;
    }

    @Override
    public void demand() {
        expectsAnswer = true;
        setting.send().accept(BackendWriter::authenticationGss);
    }

    @Override
    public boolean expectsAnswer() {
        return expectsAnswer;
    }

    @Override
    public int longestAnswer() {
        return LONGEST_TOKEN;
    }

    @Override
    public void answer(byte[] body) {
        expectsAnswer = false;
        // the caller wipes its bytes, and these are no secret: they are good once, with a key that never travels
        var _ = talk.says(body.clone())
                .whenComplete((step, failure) -> setting.later().accept(() -> found(step, failure)));
    }

    private void found(Tickets.@Nullable Step step, @Nullable Throwable failure) {
        switch (step) {
            case Tickets.Continues(var answer) -> {
                expectsAnswer = true;
                tell(answer);
            }
            case Tickets.Proven(var answer, var principal) -> {
                tell(answer);
                then.accept(name(principal));
            }
            case Tickets.Refused(var reason) -> refuse(reason);
            case Tickets.Busy _ -> refuse("too many logins wait for GSSAPI");
            case null -> {
                LOG.atError()
                        .setMessage("authentication broke")
                        .setCause(failure)
                        .log();
                then.accept(Optional.empty());
            }
        }
    }

    private void tell(byte[] answer) {
        if (answer.length > 0) {
            setting.send().accept(out -> BackendWriter.authenticationGssContinue(out, answer));
        }
    }

    private void refuse(String reason) {
        log(reason);
        then.accept(Optional.empty());
    }

    private void log(String reason) {
        LOG.atInfo()
                .setMessage("GSSAPI authentication failed")
                .addKeyValue("database", setting.database())
                .addKeyValue("user", setting.user())
                .addKeyValue("client", setting.caller().toString())
                .addKeyValue("reason", reason)
                .log();
    }

    /// The realm counts, or goes, as the rule says (`pg_GSS_checkauth`).
    private Optional<String> name(String principal) {
        int at = principal.indexOf('@');
        var realm = at < 0 ? "" : principal.substring(at + 1);
        var wanted = options.realm();
        if (!wanted.isEmpty() && !wanted.equals(realm)) {
            log("the ticket of " + principal + " is not of the realm " + wanted);
            return Optional.empty();
        }
        return Optional.of(at < 0 || options.includesRealm() ? principal : principal.substring(0, at));
    }
}
