package io.pgdoorman.pooler.gss;

import io.pgdoorman.pooler.auth.BlockingCheck;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import javax.security.auth.Subject;
import javax.security.auth.kerberos.KeyTab;
import org.ietf.jgss.GSSContext;
import org.ietf.jgss.GSSCredential;
import org.ietf.jgss.GSSException;
import org.ietf.jgss.GSSManager;
import org.ietf.jgss.Oid;
import org.jspecify.annotations.Nullable;

/// Believes tickets for any service whose key is in one keytab, as PostgreSQL does. The file is read anew when it
/// changes, so keys rotate without a reload. Any thread; what computes runs on threads of its own.
public final class Tickets {
    /// Kerberos 5, bare as libpq has it and in SPNEGO as others may.
    private static final List<Oid> MECHANISMS = List.of(oid("1.2.840.113554.1.2.2"), oid("1.3.6.1.5.5.2"));

    private final Subject service;
    private final BlockingCheck.Means means;

    /// @param keytab of the services' keys; missing or unreadable it leads to no ticket that counts
    public Tickets(Path keytab, BlockingCheck.Means means) {
        this.means = means;
        service = new Subject();
        service.getPrivateCredentials().add(KeyTab.getUnboundInstance(keytab.toFile()));
        service.setReadOnly();
    }

    /// What comes of a token.
    public sealed interface Step {}

    /// The client has to say more.
    @SuppressWarnings("ArrayRecordComponent") // sent once, never compared
    public record Continues(byte[] answer) implements Step {}

    /// It is known who the client is.
    ///
    /// @param answer what the client still has to be told; empty for nothing
    /// @param principal with its realm
    @SuppressWarnings("ArrayRecordComponent") // sent once, never compared
    public record Proven(byte[] answer, String principal) implements Step {}

    /// It is not.
    ///
    /// @param reason for the log
    public record Refused(String reason) implements Step {}

    /// Nobody has time for it.
    public record Busy() implements Step {}

    /// A client begins.
    public Talk begin() {
        return new Talk();
    }

    /// One client's way in; one token at a time.
    public final class Talk {
        private @Nullable GSSContext context;

        private Talk() {}

        /// Judges what the client says; completed on any thread.
        public CompletionStage<Step> says(byte[] token) {
            try {
                return CompletableFuture.supplyAsync(
                        () -> Subject.callAs(service, () -> judge(token)), means.threads());
            } catch (RejectedExecutionException _) {
                return CompletableFuture.completedStage(new Busy());
            }
        }

        private Step judge(byte[] token) {
            try {
                var asked = context;
                if (asked == null) {
                    asked = accepting();
                    context = asked;
                }
                byte[] answer = asked.acceptSecContext(token, 0, token.length);
                byte[] told = answer == null ? new byte[0] : answer;
                if (!asked.isEstablished()) {
                    return new Continues(told);
                }
                var principal = asked.getSrcName().toString();
                asked.dispose();
                return new Proven(told, principal);
            } catch (GSSException e) {
                return new Refused(String.valueOf(e.getMessage()));
            }
        }
    }

    private static GSSContext accepting() throws GSSException {
        var manager = GSSManager.getInstance();
        var any = manager.createCredential(
                null, GSSCredential.INDEFINITE_LIFETIME, MECHANISMS.toArray(Oid[]::new), GSSCredential.ACCEPT_ONLY);
        return manager.createContext(any);
    }

    private static Oid oid(String number) {
        try {
            return new Oid(number);
        } catch (GSSException e) {
            throw new IllegalStateException(number, e);
        }
    }
}
