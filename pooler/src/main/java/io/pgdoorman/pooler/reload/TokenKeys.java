package io.pgdoorman.pooler.reload;

import io.pgdoorman.pooler.stats.TokenKeysSnapshot;
import io.pgdoorman.pooler.tls.Keeper;
import io.pgdoorman.pooler.tls.TlsException;
import io.pgdoorman.pooler.token.KeySet;
import io.pgdoorman.pooler.token.KeyText;
import io.pgdoorman.pooler.token.TokenKeyException;
import io.pgdoorman.pooler.token.UrlKeys;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The public keys of those who issue tokens: files are followed, and what was fetched is kept, across reloads.
/// Guarded by the reloader's lock; the keys themselves may be asked for by any thread.
final class TokenKeys {
    private static final Logger LOG = LoggerFactory.getLogger(TokenKeys.class);

    private final LongSupplier clock;
    private Map<Path, KeptKeys> files = Map.of();
    private Map<Remote, UrlKeys> urls = Map.of();

    private record Remote(UrlKeys.Place place, Duration refresh) {}

    /// @param clock nanoseconds
    TokenKeys(LongSupplier clock) {
        this.clock = clock;
    }

    /// The keys of one file, the newest that are good.
    static final class KeptKeys {
        private final Path file;
        private final Keeper<KeySet> keeper;
        private volatile KeySet keys;

        private KeptKeys(Path file) throws TlsException {
            this.file = file;
            this.keeper = new Keeper<>(List.of(file), () -> read(file));
            this.keys = keeper.made();
        }

        private static KeySet read(Path file) throws TlsException {
            try {
                return KeyText.read(file);
            } catch (TokenKeyException e) {
                throw new TlsException(e.text());
            }
        }

        KeySet keys() {
            return keys;
        }

        private void look() {
            switch (keeper.look()) {
                case Keeper.Change.Same<KeySet> _ -> {}
                case Keeper.Change.Renewed<KeySet>(var made) -> {
                    keys = made;
                    LOG.atInfo()
                            .setMessage("keys of tokens read anew")
                            .addKeyValue("file", file)
                            .log();
                }
                case Keeper.Change.Refused<KeySet>(var reason) ->
                    LOG.atError()
                            .setMessage("keys of tokens refused, the old ones stay in use")
                            .addKeyValue("reason", reason)
                            .log();
            }
        }
    }

    /// The keys of a configuration that is about to be live; what is in use already stays as it is.
    final class Prepared {
        private final Map<Path, KeptKeys> wantedFiles = new LinkedHashMap<>();
        private final Map<Remote, UrlKeys> wantedUrls = new LinkedHashMap<>();

        private Prepared() {}

        /// @throws TlsException when a file that was not in use is faulty
        KeptKeys ofFile(Path file) throws TlsException {
            var known = wantedFiles.getOrDefault(file, files.get(file));
            var kept = known == null ? new KeptKeys(file) : known;
            wantedFiles.put(file, kept);
            return kept;
        }

        UrlKeys ofUrl(UrlKeys.Place place, Duration refresh) {
            var remote = new Remote(place, refresh);
            var known = wantedUrls.getOrDefault(remote, urls.get(remote));
            var made = known == null ? new UrlKeys(place, UrlKeys.Timing.every(refresh), clock) : known;
            wantedUrls.put(remote, made);
            return made;
        }
    }

    Prepared prepare() {
        return new Prepared();
    }

    void apply(Prepared prepared) {
        files = prepared.wantedFiles;
        urls = prepared.wantedUrls;
        look();
        // the first login shall not wait for it
        urls.values().forEach(keys -> {
            var _ = keys.keysFor("");
        });
    }

    List<TokenKeysSnapshot> snapshots() {
        var all = new ArrayList<TokenKeysSnapshot>();
        files.forEach((file, kept) ->
                all.add(new TokenKeysSnapshot(file.toString(), kept.keys().size(), kept.keeper.fault())));
        urls.forEach((remote, keys) -> {
            var now = keys.status();
            all.add(new TokenKeysSnapshot(remote.place().url().toString(), now.keys(), now.fault()));
        });
        return all;
    }

    /// Looks whether files have changed; blocks.
    void look() {
        files.values().forEach(KeptKeys::look);
    }
}
