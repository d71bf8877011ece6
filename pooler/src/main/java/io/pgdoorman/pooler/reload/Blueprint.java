package io.pgdoorman.pooler.reload;

import io.pgdoorman.config.AuthQueryConfig;
import io.pgdoorman.config.Cidr;
import io.pgdoorman.config.HbaSource;
import io.pgdoorman.config.PoolConfig;
import io.pgdoorman.config.PoolerConfig;
import io.pgdoorman.config.Secret;
import io.pgdoorman.config.UserConfig;
import io.pgdoorman.config.read.ConfigReader;
import io.pgdoorman.config.read.Fault;
import io.pgdoorman.config.read.ReadResult;
import io.pgdoorman.config.read.Warning;
import io.pgdoorman.pooler.auth.TwoPasswords;
import io.pgdoorman.pooler.auth.Verifier;
import io.pgdoorman.pooler.client.Directory;
import io.pgdoorman.pooler.hba.HbaDecision;
import io.pgdoorman.pooler.hba.HbaFault;
import io.pgdoorman.pooler.hba.HbaResult;
import io.pgdoorman.pooler.hba.HbaRules;
import io.pgdoorman.pooler.hba.IdentMaps;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A configuration with all that it refers to: its secrets and its HBA rules, as they are now.
///
/// @param hash of the file's canonical form, references included and their content not
/// @param passwords of the pools' users, by pool and user
/// @param previousPasswords likewise; users without one are missing
/// @param serverPasswords likewise; users without one are missing
/// @param askers by pool, where users are looked up
record Blueprint(
        PoolerConfig config,
        String hash,
        Map<Key, String> passwords,
        Map<Key, String> previousPasswords,
        Map<Key, String> serverPasswords,
        Map<String, AskerSecrets> askers,
        Access access) {
    /// One pool of servers.
    record Key(String database, String user) {}

    /// @param password of the role that looks users up; empty without one
    /// @param shared password of the role on whose servers they work; null without one
    record AskerSecrets(String password, @Nullable String shared) {
        @Override
        public String toString() {
            return "AskerSecrets[***]";
        }
    }

    /// The same without some users, by name.
    Blueprint without(Set<String> users) {
        if (users.isEmpty()) {
            return this;
        }
        var rest = new LinkedHashMap<String, PoolConfig>();
        config.pools()
                .forEach((name, pool) -> rest.put(
                        name,
                        pool.withUsers(pool.users().stream()
                                .filter(user -> !users.contains(user.username()))
                                .toList())));
        return new Blueprint(
                config.withPools(rest), hash, passwords, previousPasswords, serverPasswords, askers, access);
    }

    /// @param statsPassword of whom may look at the console; null without such a user
    /// @param metricsToken null when everybody may read metrics
    record Access(
            String adminPassword,
            @Nullable String statsPassword,
            @Nullable String metricsToken,
            Directory.Access hba) {}

    /// A fault in a line of the rules that shows only with the rest of the configuration.
    static Fault fault(Path file, HbaDecision decision, String message) {
        return new Fault(
                file.toString(),
                "general.pg_hba",
                null,
                where(file, new HbaFault(decision.file(), decision.line(), message)) + message);
    }

    /// Rules that stand in the configuration itself have no file of their own.
    private static String where(Path file, HbaFault fault) {
        var line = "line " + fault.line() + ": ";
        return fault.file().equals(beside(file, "pg_hba").toString()) ? line : fault.file() + ", " + line;
    }

    private static Path beside(Path file, String name) {
        return file.toAbsolutePath().resolveSibling(name);
    }

    /// What came of reading a file.
    sealed interface Result {
        record Ready(Blueprint blueprint, List<Warning> warnings) implements Result {}

        /// @param hash null when the file has no canonical form
        record Faulty(@Nullable String hash, List<Fault> faults) implements Result {}
    }

    /// Reads the file and everything it refers to; blocks.
    ///
    /// @param files gets all that are read
    static Result read(Path file, WatchedFiles files) {
        return switch (ConfigReader.read(file, files::add)) {
            case ReadResult.Invalid(var faults) -> new Result.Faulty(null, faults);
            case ReadResult.Valid valid -> new Resolver(file, files, valid).resolve();
        };
    }

    private static final class Resolver {
        private final Path file;
        private final WatchedFiles files;
        private final ReadResult.Valid valid;
        private final List<Fault> faults = new ArrayList<>();

        Resolver(Path file, WatchedFiles files, ReadResult.Valid valid) {
            this.file = file;
            this.files = files;
            this.valid = valid;
        }

        Result resolve() {
            var passwords = new LinkedHashMap<Key, String>();
            var previousPasswords = new LinkedHashMap<Key, String>();
            var serverPasswords = new LinkedHashMap<Key, String>();
            for (PoolConfig pool : valid.config().pools().values()) {
                for (UserConfig user : pool.users()) {
                    var key = new Key(pool.name(), user.username());
                    var path = "pools." + pool.name() + ".users[" + user.username() + "]";
                    var password = secret(path + ".password", user.password());
                    passwords.put(key, password);
                    user.previous()
                            .map(previous -> previous(path, password, previous.password()))
                            .filter(previous -> !previous.isEmpty())
                            .ifPresent(previous -> previousPasswords.put(key, previous));
                    var serverPassword = user.serverLogin().password();
                    if (serverPassword != null) {
                        var secret = secret(path + ".server_password", serverPassword);
                        serverPasswords.put(key, secret);
                        if (secret.startsWith(UserConfig.SIGNING_KEY_FILE)) {
                            files.add(beside(secret.substring(UserConfig.SIGNING_KEY_FILE.length())));
                        }
                    }
                }
            }
            var askers = new LinkedHashMap<String, AskerSecrets>();
            valid.config()
                    .pools()
                    .forEach((name, pool) ->
                            pool.authQuery().ifPresent(query -> askers.put(name, secrets(name, query))));
            var admin = secret(
                    "general.admin_password", valid.config().general().access().adminPassword());
            var token = valid.config()
                    .web()
                    .metricsToken()
                    .map(secret -> secret("web.metrics_token", secret))
                    .orElse(null);
            var access = valid.config().general().access();
            var stats = access.stats()
                    .map(login -> secret("general.stats_password", login.password()))
                    .orElse(null);
            var hba = rules(access.hba());
            var maps = maps(access.ident());
            if (hba == null || maps == null || !faults.isEmpty()) {
                return new Result.Faulty(valid.hash(), List.copyOf(faults));
            }
            return new Result.Ready(
                    new Blueprint(
                            valid.config(),
                            valid.hash(),
                            passwords,
                            previousPasswords,
                            serverPasswords,
                            askers,
                            new Access(
                                    admin,
                                    stats,
                                    token,
                                    Directory.Access.of(hba, maps, new HostSurroundings(access.roles())))),
                    valid.warnings());
        }

        private String previous(String path, String password, Secret previous) {
            var at = path + ".previous_password";
            var text = secret(at, previous);
            if (!text.isEmpty() && !TwoPasswords.fit(Verifier.parse(password), Verifier.parse(text))) {
                faults.add(new Fault(
                        file.toString(),
                        at,
                        null,
                        "cannot be checked together with password: expected the same form (SCRAM verifiers with the"
                                + " same salt and iterations), or plain text"));
            }
            return text;
        }

        private AskerSecrets secrets(String pool, AuthQueryConfig query) {
            var path = "pools." + pool + ".auth_query";
            var shared = query.shared()
                    .map(AuthQueryConfig.Shared::password)
                    .map(password -> secret(path + ".server_password", password))
                    .orElse(null);
            return new AskerSecrets(secret(path + ".password", query.asker().password()), shared);
        }

        private String secret(String path, Secret secret) {
            if (secret instanceof Secret.FromFile(var source)) {
                files.add(source);
            }
            return switch (secret.resolve()) {
                case Secret.Resolved.Value(var text) -> text;
                case Secret.Resolved.Unreadable(var reason) -> {
                    faults.add(new Fault(file.toString(), path, null, reason));
                    yield "";
                }
            };
        }

        private @Nullable HbaRules rules(HbaSource source) {
            return switch (source) {
                case HbaSource.None _ -> HbaRules.allowAll();
                case HbaSource.Networks(var networks) ->
                    parsed(
                            "general.hba",
                            HbaRules.ofNetworks(
                                    networks.stream().map(Cidr::toString).toList()));
                case HbaSource.Rules(var text) ->
                    parsed("general.pg_hba", HbaRules.parse(beside("pg_hba"), text, files));
                case HbaSource.RulesFile(var path) -> ofFile(path);
            };
        }

        private @Nullable HbaRules ofFile(Path path) {
            try {
                var resolved = beside(path.toString());
                return parsed("general.pg_hba", HbaRules.parse(resolved, files.read(resolved), files));
            } catch (IOException unreadable) {
                faults.add(new Fault(
                        file.toString(), "general.pg_hba.path", null, path + " cannot be read: " + unreadable));
                return null;
            }
        }

        private @Nullable IdentMaps maps(HbaSource source) {
            var read = switch (source) {
                case HbaSource.None _, HbaSource.Networks _ -> new IdentMaps.Result.Parsed(IdentMaps.NONE);
                case HbaSource.Rules(var text) -> IdentMaps.parse(beside("pg_ident"), text, files);
                case HbaSource.RulesFile(var path) -> mapsOfFile(beside(path.toString()));
            };
            return switch (read) {
                case IdentMaps.Result.Parsed(var maps) -> maps;
                case IdentMaps.Result.Unreadable(var broken) -> {
                    broken.forEach(fault ->
                            faults.add(new Fault(file.toString(), "general.pg_ident", null, fault.toString())));
                    yield null;
                }
            };
        }

        private IdentMaps.Result mapsOfFile(Path file) {
            try {
                return IdentMaps.parse(file, files.read(file), files);
            } catch (IOException unreadable) {
                return new IdentMaps.Result.Unreadable(
                        List.of(new HbaFault(file.toString(), 0, "cannot be read: " + unreadable)));
            }
        }

        private Path beside(String name) {
            return Blueprint.beside(file, name);
        }

        private @Nullable HbaRules parsed(String path, HbaResult result) {
            return switch (result) {
                case HbaResult.Parsed(var rules) -> rules;
                case HbaResult.Unreadable(var broken) -> {
                    broken.forEach(fault ->
                            faults.add(new Fault(file.toString(), path, null, where(file, fault) + fault.message())));
                    yield null;
                }
            };
        }
    }
}
