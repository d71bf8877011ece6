package io.pgdoorman.pooler.cancel;

import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/// The cancel keys of all connected clients. Thread-safe.
public final class CancelRegistry {
    private final SecureRandom random = new SecureRandom();
    private final ConcurrentMap<Integer, Entry> entries = new ConcurrentHashMap<>();

    private final @Nullable Peers peers;
    private volatile Elsewhere elsewhere = (_, _, ended) -> ended.run();

    /// Of a pooler that stands alone.
    public CancelRegistry() {
        this.peers = null;
    }

    public CancelRegistry(Peers peers) {
        this.peers = peers;
    }

    /// Who may know a key that is not known here.
    @FunctionalInterface
    public interface Elsewhere {
        /// @param ended see [Cancellable#cancel]
        void cancel(int pid, byte[] secret, Runnable ended);
    }

    private record Entry(CancelKey key, Cancellable target) {}

    /// A key for this client: both parts random, but for the mark of a fleet's pooler, so that nobody can guess a
    /// neighbour's.
    ///
    /// @param secretLength bytes of the secret, see [CancelKey]
    public CancelKey issue(Cancellable target, int secretLength) {
        var secret = new byte[secretLength];
        random.nextBytes(secret);
        if (peers != null) {
            peers.mark(secret);
        }
        while (true) {
            var key = new CancelKey(random.nextInt(1, Integer.MAX_VALUE), secret);
            if (entries.putIfAbsent(key.pid(), new Entry(key, target)) == null) {
                return key;
            }
        }
    }

    /// Takes over a key that another process gave out.
    ///
    /// @return whether it was free
    public boolean adopt(Cancellable target, CancelKey key) {
        return entries.putIfAbsent(key.pid(), new Entry(key, target)) == null;
    }

    /// Whom to ask for keys that are not known here.
    public void ask(Elsewhere other) {
        elsewhere = other;
    }

    public void forget(CancelKey key) {
        entries.remove(key.pid());
    }

    /// Cancels what the owner of the key runs; a wrong key does nothing, as in PostgreSQL.
    ///
    /// @param ended see [Cancellable#cancel]
    public void cancel(int pid, byte[] secret, Runnable ended) {
        if (cancelHere(pid, secret, ended)) {
            return;
        }
        if (peers != null && peers.isTheirs(secret)) {
            peers.cancel(pid, secret, ended);
        } else {
            elsewhere.cancel(pid, secret, ended);
        }
    }

    /// The same for keys of this process only.
    ///
    /// @return whether the key is known; if not, `ended` is not called
    public boolean cancelHere(int pid, byte[] secret, Runnable ended) {
        @Nullable Entry entry = entries.get(pid);
        if (entry == null || !MessageDigest.isEqual(entry.key().secret(), secret)) {
            return false;
        }
        entry.target().cancel(ended);
        return true;
    }
}
