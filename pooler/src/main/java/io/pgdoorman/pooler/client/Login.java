package io.pgdoorman.pooler.client;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.pgdoorman.pooler.auth.AuthException;
import io.pgdoorman.pooler.auth.OutsideCheck;
import io.pgdoorman.pooler.hba.HbaDecision;
import io.pgdoorman.pooler.hba.HbaMethod;
import io.pgdoorman.pooler.hba.HbaRequest;
import io.pgdoorman.pooler.server.Credentials;
import io.pgdoorman.pooler.session.ParameterSet;
import io.pgdoorman.pooler.session.StartupOptions.Purpose;
import io.pgdoorman.pooler.stats.ProcessStats.Reason;
import io.pgdoorman.pooler.tls.Encryption;
import io.pgdoorman.pooler.wire.Backend;
import io.pgdoorman.pooler.wire.BackendWriter;
import io.pgdoorman.pooler.wire.FirstPacket;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.ProtocolException;
import io.pgdoorman.pooler.wire.SqlState;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One client's login: HBA decides the method, the method decides who it is, and a [Reception] greets it. Unknown users
/// and wrong passwords look the same. Belongs to the event loop.
final class Login implements Proof.Verdict {
    private static final Logger LOG = LoggerFactory.getLogger(Login.class);
    private static final Executor LOOKUPS =
            task -> Thread.ofVirtual().name("access-lookup").start(task);

    private static final PgError NO_REPLICAS = PgError.fatal(
                    SqlState.INVALID_CATALOG_NAME, "no servers that are only read are behind this port")
            .withHint("Connect to the usual port, or give the pool a read_only_pool.");

    private final Building building;
    private final Porch porch;
    private final ChannelHandlerContext ctx;
    private final Caller caller;
    private final FirstPacket.Startup startup;
    private final Wish wish;
    private final Directory directory;
    private final String asked;
    private final String database;
    private final Encryption encryption;
    private @Nullable Proof proof;
    private @Nullable Reception reception;
    private String user;
    private HbaMethod method = HbaMethod.NO_MATCH;
    private @Nullable Unlisted unlisted;
    private @Nullable PreviousPassword provenBy;
    private boolean proven;
    private boolean abandoned;

    /// What a startup packet asks for.
    record Wish(Purpose purpose, ParameterSet settings) {}

    Login(Building building, Porch porch, ChannelHandlerContext ctx, FirstPacket.Startup startup, Wish wish) {
        this.building = building;
        this.porch = porch;
        this.ctx = ctx;
        this.caller = Caller.of(ctx.channel());
        this.startup = startup;
        this.user = startup.user();
        this.wish = wish;
        this.encryption = porch.encryption();
        this.directory = building.directory().get();
        this.asked = wish.purpose() == Purpose.PHYSICAL_REPLICATION
                ? directory.poolFor(startup.database(), startup.user())
                : startup.database();
        this.database = porch.readsOnly() ? directory.readOnly().getOrDefault(asked, asked) : asked;
    }

    boolean expectsAnswer() {
        var asked = proof;
        return asked != null && asked.expectsAnswer();
    }

    /// How long the expected answer may be.
    int longestAnswer() {
        var asked = proof;
        return asked == null ? 0 : asked.longestAnswer();
    }

    /// Whether it is known who it is.
    boolean isProven() {
        return proven;
    }

    void begin() {
        var from = caller.address();
        var rules = building.house().get().logins();
        if (from != null
                && rules.counts(from)
                && building.clients()
                        .failures()
                        .isSpent(
                                from,
                                rules.failuresPerMinute(),
                                building.clock().getAsLong())) {
            refuse(
                    Reason.TOO_MANY_FAILURES,
                    PgError.fatal(
                                    SqlState.TOO_MANY_CONNECTIONS,
                                    "too many failed logins from address \"" + caller.host() + "\"")
                            .withDetail("The pooler's limit login_failures_per_minute is " + rules.failuresPerMinute()
                                    + ".")
                            .withHint("Wait a moment; the pooler's audit log says why logins failed."));
            return;
        }
        boolean physical = wish.purpose() == Purpose.PHYSICAL_REPLICATION;
        var request = new HbaRequest(encryption.isOn(), caller.address(), asked, startup.user(), physical);
        var access = directory.access();
        if (!access.rules().asksOutside()) {
            demand(access.rules().decide(request, access.surroundings()));
            return;
        }
        // name servers take their time, and the event loop has none
        var loop = ctx.channel().eventLoop();
        var _ = CompletableFuture.supplyAsync(() -> access.rules().decide(request, access.surroundings()), LOOKUPS)
                .whenCompleteAsync((decision, failure) -> decided(decision, failure), loop);
    }

    private void decided(@Nullable HbaDecision decision, @Nullable Throwable failure) {
        if (abandoned) {
            return;
        }
        if (decision == null) {
            LOG.atError().setMessage("access rules failed").setCause(failure).log();
            refuse(Reason.HBA, PgError.fatal(SqlState.INTERNAL_ERROR, "access rules could not be evaluated"));
            return;
        }
        demand(decision);
        porch.readOn(ctx);
        ctx.flush();
    }

    private void demand(HbaDecision decision) {
        method = decision.method();
        switch (decision.method()) {
            case REJECT -> {
                if (Proof.lacksCertificate(decision, encryption)) {
                    refuse(Reason.AUTH_FAILED, Proof.NO_CERTIFICATE);
                } else {
                    refusedByHba(true);
                }
            }
            case NO_MATCH -> refusedByHba(false);
            case TRUST, MD5, SCRAM_SHA_256, PASSWORD, JWT, OAUTH, LDAP, PAM, RADIUS, GSS, CERT, PEER, IDENT -> {
                var asked = directory.newcomers(database, startup.user());
                if (asked == null) {
                    listed(decision);
                } else {
                    lookUp(asked, decision);
                }
            }
        }
    }

    private void listed(HbaDecision decision) {
        var demanded = proof(decision);
        var account = directory.account(database, startup.user());
        var previous = account == null ? null : account.previous();
        if (previous != null && previous.counts()) {
            demanded.over(then -> {
                provenBy = previous;
                then.accept(previous.verifier());
            });
        }
        demanded.demand(directory.verifierOf(database, startup.user()));
    }

    private Proof proof(HbaDecision decision) {
        var setting = new Proof.Setting(
                caller, database, startup.user(), encryption, building, directory.access(), this::send, this::later);
        var demanded = new Proof(setting, decision, this);
        proof = demanded;
        return demanded;
    }

    private void lookUp(Newcomers asked, HbaDecision decision) {
        var wanted = new Unlisted(asked, startup.user(), ctx.executor(), this::later);
        unlisted = wanted;
        var demanded = proof(decision).over(wanted);
        wanted.begin(demanded::demand, this::refuseUnanswered, demanded);
    }

    private void refuseUnanswered() {
        refuse(
                Reason.AUTH_UNAVAILABLE,
                PgError.fatal(SqlState.SYSTEM_ERROR, "user \"" + user + "\" cannot be looked up at the moment")
                        .withHint("The pooler's auth_query of database \"" + database
                                + "\" is not answered; its log says why."));
    }

    /// Back on the event loop, unless the connection is gone.
    private void later(Runnable task) {
        ctx.executor().execute(() -> {
            if (!abandoned && ctx.channel().isActive()) {
                task.run();
                porch.readOn(ctx);
                ctx.flush();
            }
        });
    }

    private void refusedByHba(boolean byRule) {
        boolean physical = wish.purpose() == Purpose.PHYSICAL_REPLICATION;
        var what = byRule
                ? "pg_hba.conf rejects " + (physical ? "replication " : "") + "connection for "
                : "no pg_hba.conf entry for " + (physical ? "replication connection from " : "");
        var where = physical ? "" : "database \"" + asked + "\", ";
        refuse(
                Reason.HBA,
                PgError.fatal(
                        SqlState.INVALID_AUTHORIZATION,
                        what + "host \"" + caller.host() + "\", user \"" + startup.user() + "\", " + where
                                + (encryption.isOn() ? "SSL encryption" : "no encryption")));
    }

    /// The client's answer to what was asked.
    void answer(byte[] body) throws AuthException, ProtocolException {
        var asked = proof;
        if (asked == null) {
            throw new IllegalStateException("no answer is expected");
        }
        asked.answer(body);
    }

    @Override
    public void refused(Reason reason, PgError error) {
        refuse(reason, error);
    }

    // ---- who it is, is known

    @Override
    public void accepted(Admission admission) {
        user = admission.as().map(OutsideCheck.As::user).orElse(startup.user());
        if (directory.isConsole(database)) {
            enterConsole();
            return;
        }
        proven = true;
        send(BackendWriter::authenticationOk);
        if (porch.readsOnly()
                && directory.hasDatabase(asked)
                && !directory.readOnly().containsKey(asked)) {
            refuse(Reason.UNKNOWN_DATABASE, NO_REPLICAS.withDetail("Database \"" + asked + "\" has none."));
            return;
        }
        var stranger = unlisted;
        switch (stranger == null || admission.as().isPresent() ? null : stranger.entrance()) {
            case Newcomers.Open(var pool, var entered) -> {
                try {
                    enter(admission, pool);
                } finally {
                    entered.run(); // the pool must not be kept for somebody who never came in
                }
            }
            case Newcomers.Closed(var why) -> refuse(Reason.TOO_MANY_CLIENTS, why);
            case null -> {
                var account = directory.account(database, user);
                if (account == null) {
                    refuse(Reason.UNKNOWN_DATABASE, unknown());
                } else {
                    enter(byPassword(admission), account.pool());
                }
            }
        }
    }

    /// Whoever comes in by a password that is to end is counted, and no help in logging in to PostgreSQL.
    private Admission byPassword(Admission admission) {
        var previous = provenBy;
        if (previous == null) {
            return admission;
        }
        previous.used();
        LOG.atInfo()
                .setMessage("client logged in with the previous password")
                .addKeyValue("database", database)
                .addKeyValue("user", user)
                .addKeyValue("client", caller.toString())
                .log();
        return Admission.with(Optional.empty());
    }

    private void enter(Admission admission, ClientPool found) {
        var full = porch.presence().enters(found);
        if (full != null) {
            refuse(Reason.TOO_MANY_CLIENTS, full);
            return;
        }
        var clientKey = admission.clientKey();
        if (clientKey.isPresent() && found.behaviour().credentials() instanceof Credentials.Passthrough passthrough) {
            passthrough.clientKey().set(clientKey);
            found.pool().serveWaiters();
        }
        var comes = new Reception.Arrival(startup, wish, admission, found, this::auditSuccess);
        var entered = new Reception(building, porch, ctx, comes);
        reception = entered;
        entered.begin();
    }

    private PgError unknown() {
        return directory.hasDatabase(database)
                ? PgError.fatal(SqlState.INVALID_AUTHORIZATION, "role \"" + user + "\" does not exist")
                : PgError.fatal(SqlState.INVALID_CATALOG_NAME, "database \"" + database + "\" does not exist");
    }

    /// Whoever is trusted may come in under any name, as in PgDoorman; whoever proves a name has to prove the right
    /// one.
    private void enterConsole() {
        var rights = directory.admin().rightsOf(user);
        if (rights == null && method == HbaMethod.TRUST) {
            rights = AdminConsole.Rights.ALL;
        }
        if (rights == null) {
            refuse(
                    Reason.AUTH_FAILED,
                    PgError.fatal(
                            SqlState.INVALID_AUTHORIZATION, "user \"" + user + "\" is not the one of the console"));
            return;
        }
        proven = true;
        send(BackendWriter::authenticationOk);
        greetAdmin(rights);
    }

    private void greetAdmin(AdminConsole.Rights rights) {
        var session =
                new AdminSession(building.console(), rights, building.cancels().registry(), ctx.executor());
        var key = session.begin();
        send(out -> {
            AdminConsole.PARAMETERS.forEach(
                    parameter -> BackendWriter.parameterStatus(out, parameter.getKey(), parameter.getValue()));
            BackendWriter.backendKeyData(out, key.pid(), key.secret());
            BackendWriter.readyForQuery(out, Backend.STATUS_IDLE);
        });
        auditSuccess();
        ctx.flush();
        porch.replaceBy(ctx, session);
    }

    /// The connection is gone before the login was over.
    void abandoned() {
        abandoned = true;
        var entered = reception;
        if (entered != null) {
            entered.abandoned();
        }
    }

    /// It is refused: if that is about who asks, it is audited, and counted against the address.
    void ends(Reason reason, PgError error) {
        if (proven && reason != Reason.UNKNOWN_DATABASE) {
            return;
        }
        var from = caller.address();
        var failures = building.clients().failures();
        long now = building.clock().getAsLong();
        if (reason != Reason.TOO_MANY_FAILURES || from == null || failures.isWorthTelling(from, now)) {
            Audit.refused(attempt(), reason, error);
        }
        var rules = building.house().get().logins();
        var stranger = unlisted;
        if (stranger != null && reason == Reason.AUTH_FAILED) {
            stranger.turnedAway();
        }
        if ((reason == Reason.AUTH_FAILED || reason == Reason.HBA) && from != null && rules.counts(from)) {
            failures.failed(from, rules.failuresPerMinute(), now);
        }
    }

    private Audit.Attempt attempt() {
        return new Audit.Attempt(startup.user(), startup.database(), caller.toString(), method.word());
    }

    private void auditSuccess() {
        if (building.house().get().logins().auditsSuccesses()) {
            Audit.accepted(attempt());
        }
    }

    private void refuse(Reason reason, PgError error) {
        if (!abandoned) {
            porch.refuse(ctx, reason, error);
        }
    }

    private void send(Consumer<ByteBuf> writer) {
        write(ctx, writer);
    }

    /// Writes some messages, without a flush.
    static void write(ChannelHandlerContext ctx, Consumer<ByteBuf> writer) {
        var out = ctx.alloc().buffer(256);
        writer.accept(out);
        var _ = ctx.write(out);
    }
}
