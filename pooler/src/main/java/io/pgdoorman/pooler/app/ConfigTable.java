package io.pgdoorman.pooler.app;

import io.pgdoorman.config.ChangeClass;
import io.pgdoorman.config.PoolConfig;
import io.pgdoorman.config.PoolerConfig;
import io.pgdoorman.config.catalogue.GeneralSettings;
import io.pgdoorman.config.catalogue.PoolSettings;
import io.pgdoorman.config.catalogue.Presence;
import io.pgdoorman.config.catalogue.Section;
import io.pgdoorman.config.catalogue.Setting;
import io.pgdoorman.config.catalogue.Support;
import io.pgdoorman.config.catalogue.TalosSettings;
import io.pgdoorman.config.catalogue.TokenIssuerSettings;
import io.pgdoorman.config.catalogue.UserSettings;
import io.pgdoorman.config.catalogue.WebSettings;
import io.pgdoorman.pooler.admin.ConfigView;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// All live values for SHOW CONFIG, from the same catalogue that reads the file.
final class ConfigTable implements ConfigView {
    private static final String FILE = "file";

    private final Supplier<PoolerConfig> live;

    ConfigTable(Supplier<PoolerConfig> live) {
        this.live = live;
    }

    /// One table of the file, and the one that it inherits from.
    private record Table<R>(
            String path,
            Section<R> section,
            R owner,
            @Nullable Table<?> parent) {
        Table(String path, Section<R> section, R owner) {
            this(path, section, owner, null);
        }

        /// What this table says for a key, or null.
        @Nullable
        Object said(String name) {
            return section.find(name).map(this::value).orElse(null);
        }

        @Nullable
        Object value(Setting<R, ?> setting) {
            return setting.support() instanceof Support.Acts<R, ?>(var accessor) ? accessor.apply(owner) : null;
        }
    }

    @Override
    public List<Parameter> parameters() {
        var config = live.get();
        var rows = new ArrayList<Parameter>();
        var general = new Table<>("general", GeneralSettings.S, config.general());
        add(rows, general);
        add(rows, new Table<>("web", WebSettings.S, config.web()));
        add(rows, new Table<>("talos", TalosSettings.S, config.talos()));
        config.tokens()
                .forEach((name, issuer) ->
                        add(rows, new Table<>("token_issuers." + name, TokenIssuerSettings.S, issuer)));
        config.pools().values().forEach(pool -> addPool(rows, general, pool));
        addForTools(rows, config);
        return rows;
    }

    private static void addPool(List<Parameter> rows, Table<?> general, PoolConfig pool) {
        var table = new Table<>("pools." + pool.name(), PoolSettings.S, pool, general);
        add(rows, table);
        for (var user : pool.users()) {
            var path = table.path() + ".users[" + user.username() + "]";
            add(rows, new Table<>(path, UserSettings.S, user, table));
        }
    }

    /// Names that PgBouncer's exporters look for.
    private static void addForTools(List<Parameter> rows, PoolerConfig config) {
        rows.add(new Parameter(
                "max_client_conn",
                Integer.toString(config.general().listen().maxConnections()),
                "",
                true,
                "general.max_connections",
                "PgBouncer's name of general.max_connections."));
        rows.add(new Parameter(
                "max_user_connections",
                "0",
                "0",
                false,
                "default",
                "PgBouncer's limit of servers by user over all databases, which does not exist here; 0 is no limit."));
    }

    private static <R> void add(List<Parameter> rows, Table<R> table) {
        for (Setting<R, ?> setting : table.section().settings()) {
            addOne(rows, table, setting);
        }
    }

    private static <R, T> void addOne(List<Parameter> rows, Table<R> table, Setting<R, T> setting) {
        if (setting.support() instanceof Support.Acts<R, T>(var accessor)) {
            var value = accessor.apply(table.owner());
            rows.add(new Parameter(
                    table.path() + "." + setting.name(),
                    value == null ? "" : setting.type().shown(value),
                    fallback(setting),
                    setting.changeClass() == ChangeClass.HOT,
                    source(table, setting, value),
                    setting.sentence()));
        }
    }

    private static <R, T> String fallback(Setting<R, T> setting) {
        return setting.presence() instanceof Presence.Default<T>(var value)
                ? setting.type().shown(value)
                : "";
    }

    /// A value that equals what would hold without it is taken for that: nothing else can be told of it later.
    private static <R, T> String source(Table<R> table, Setting<R, T> setting, @Nullable T value) {
        var parent = table.parent();
        return switch (setting.presence()) {
            case Presence.Default<T>(var usual) -> usual.equals(value) ? "default" : FILE;
            case Presence.Required<T> _ -> FILE;
            case Presence.Otherwise<T>(var what) -> {
                if (value == null) {
                    yield "unset";
                }
                yield parent != null && Objects.equals(parent.said(setting.name()), value) ? what : FILE;
            }
        };
    }
}
