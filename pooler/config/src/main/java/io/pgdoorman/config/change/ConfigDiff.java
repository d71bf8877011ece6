package io.pgdoorman.config.change;

import io.pgdoorman.config.AuthQueryConfig;
import io.pgdoorman.config.ChangeClass;
import io.pgdoorman.config.PoolConfig;
import io.pgdoorman.config.PoolerConfig;
import io.pgdoorman.config.TokenIssuerConfig;
import io.pgdoorman.config.UserConfig;
import io.pgdoorman.config.catalogue.AuthQuerySettings;
import io.pgdoorman.config.catalogue.GeneralSettings;
import io.pgdoorman.config.catalogue.PoolSettings;
import io.pgdoorman.config.catalogue.TalosSettings;
import io.pgdoorman.config.catalogue.TokenIssuerSettings;
import io.pgdoorman.config.catalogue.UserSettings;
import io.pgdoorman.config.catalogue.WebSettings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// The differences between two configurations, each once: a pool that inherits a changed general value does not repeat
/// it, yet is among [#changedPools()].
public record ConfigDiff(List<ConfigChange> changes, Set<String> changedPools) {

    public ConfigDiff {
        changes = List.copyOf(changes);
        changedPools = Set.copyOf(changedPools);
    }

    /// Compares by meaning, so that order and spelling make no difference.
    public static ConfigDiff between(PoolerConfig old, PoolerConfig now) {
        var changes = new ArrayList<ConfigChange>();
        var general = new Layer<>("general", GeneralSettings.S, old.general(), now.general());
        general.addChanges(changes);
        new Layer<>("web", WebSettings.S, old.web(), now.web()).addChanges(changes);
        new Layer<>("talos", TalosSettings.S, old.talos(), now.talos()).addChanges(changes);
        issuers(old.tokens(), now.tokens(), changes);
        var changedPools = new TreeSet<String>();
        var names = new TreeSet<>(old.pools().keySet());
        names.addAll(now.pools().keySet());
        for (var name : names) {
            var before = old.pools().get(name);
            var after = now.pools().get(name);
            if (before == null) {
                changes.add(new ConfigChange.PoolAdded(name));
            } else if (after == null) {
                changes.add(new ConfigChange.PoolRemoved(name));
            } else {
                if (!isSame(before, after)) {
                    changedPools.add(name);
                }
                pool(general, before, after, changes);
            }
        }
        return new ConfigDiff(changes, changedPools);
    }

    private static void issuers(
            Map<String, TokenIssuerConfig> old, Map<String, TokenIssuerConfig> now, List<ConfigChange> changes) {
        var names = new TreeSet<>(old.keySet());
        names.addAll(now.keySet());
        for (var name : names) {
            var before = old.get(name);
            var after = now.get(name);
            var path = "token_issuers." + name;
            if (before == null || after == null) {
                var there = "(an issuer)";
                changes.add(new ConfigChange.SettingChanged(
                        path, before == null ? null : there, after == null ? null : there, ChangeClass.HOT));
            } else {
                new Layer<>(path, TokenIssuerSettings.S, before, after).addChanges(changes);
            }
        }
    }

    /// Equal but for the order of users, which means nothing.
    private static boolean isSame(PoolConfig old, PoolConfig now) {
        return new HashSet<>(old.users()).equals(new HashSet<>(now.users()))
                && old.withUsers(List.of()).equals(now.withUsers(List.of()));
    }

    private static void pool(Layer<?> general, PoolConfig old, PoolConfig now, List<ConfigChange> changes) {
        var pool = new Layer<>("pools." + old.name(), PoolSettings.S, old, now).inheriting(general);
        pool.addChanges(changes);
        authQuery(pool.path() + "." + PoolSettings.AUTH_QUERY, old.authQuery(), now.authQuery(), changes);
        var olds = byName(old);
        var nows = byName(now);
        var names = new TreeSet<>(olds.keySet());
        names.addAll(nows.keySet());
        for (var name : names) {
            var before = olds.get(name);
            var after = nows.get(name);
            if (before == null) {
                changes.add(new ConfigChange.UserAdded(old.name(), name));
            } else if (after == null) {
                changes.add(new ConfigChange.UserRemoved(old.name(), name));
            } else {
                user(pool, before, after, changes);
            }
        }
    }

    private static void authQuery(
            String path, Optional<AuthQueryConfig> old, Optional<AuthQueryConfig> now, List<ConfigChange> changes) {
        if (old.isPresent() && now.isPresent()) {
            new Layer<>(path, AuthQuerySettings.S, old.get(), now.get()).addChanges(changes);
        } else if (old.isPresent() || now.isPresent()) {
            changes.add(new ConfigChange.SettingChanged(
                    path,
                    old.map(AuthQueryConfig::query).orElse(null),
                    now.map(AuthQueryConfig::query).orElse(null),
                    ChangeClass.HOT));
        }
    }

    private static Map<String, UserConfig> byName(PoolConfig pool) {
        var users = new HashMap<String, UserConfig>();
        pool.users().forEach(user -> users.put(user.username(), user));
        return users;
    }

    private static void user(Layer<?> pool, UserConfig old, UserConfig now, List<ConfigChange> changes) {
        var path = pool.path() + ".users[" + old.username() + "]";
        new Layer<>(path, UserSettings.S, old, now).inheriting(pool).addChanges(changes);
    }

    public boolean isEmpty() {
        return changes.isEmpty();
    }

    /// The changes that need a new process.
    public List<ConfigChange> bootChanges() {
        return changes.stream()
                .filter(change -> change.changeClass() == ChangeClass.BOOT)
                .toList();
    }
}
