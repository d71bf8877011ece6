package io.pgdoorman.pooler.dialogue;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Tables;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;

/// A database for scripts, brought back to how it was after each of them.
final class Stage implements AutoCloseable {
    /// Changes whenever a script leaves something behind. Looked at after each, because making all anew takes
    /// longer.
    private static final String FINGERPRINT = """
        select (select string_agg(item::text, ',' order by id) from item)
            || (select count(*) from copied)
            || (select count(*) || ' ' || max(oid) from pg_class where oid >= 16384 and relnamespace = 'public'::regnamespace)
            || (select count(*) from pg_proc where oid >= 16384)
            || (select count(*) from pg_type where oid >= 16384 and typnamespace = 'public'::regnamespace)
            || (select count(*) from pg_namespace where nspname !~ '^pg_')
            || (select count(*) from pg_largeobject_metadata)
            || (select string_agg(attname, ',' order by attnum) from pg_attribute where attrelid = 'item'::regclass)
            || (select count(*) from pg_prepared_xacts where database = current_database())
        """;

    private static final String SWEEP = """
        drop schema public cascade;
        create schema public;
        grant all on schema public to public;
        select lo_unlink(oid) from pg_largeobject_metadata;
        """;

    private final String database;
    private final Connection superuser;
    private final Map<Door, Ensemble> ensembles = new HashMap<>();
    private String clean;

    private Stage(String database, Connection superuser) throws SQLException {
        this.database = database;
        this.superuser = superuser;
        makeAnew();
        this.clean = fingerprint();
    }

    static Stage build(String database) {
        var postgres = EmbeddedPg.shared();
        try {
            if (postgres.asks("select datname from pg_database where datname = '" + database + "'")
                    .isEmpty()) {
                postgres.does("create database " + database + " owner player");
            }
            return new Stage(database, postgres.superuser(database));
        } catch (SQLException e) {
            throw new IllegalStateException(database, e);
        }
    }

    String database() {
        return database;
    }

    /// The clients that stay at this door.
    Ensemble ensemble(Door door) {
        return ensembles.computeIfAbsent(door, _ -> new Ensemble());
    }

    /// Those who stay go.
    void dismiss() {
        ensembles.values().forEach(Ensemble::close);
        ensembles.clear();
    }

    /// Takes away what random scripts add: nothing but items.
    void sweepItems() {
        try (var statement = superuser.createStatement()) {
            statement.execute("delete from item where id >= 900");
        } catch (SQLException e) {
            throw new IllegalStateException(database, e);
        }
    }

    /// Takes away what a script left behind.
    void restore() {
        try {
            if (!fingerprint().equals(clean)) {
                makeAnew();
                clean = fingerprint();
            }
        } catch (SQLException e) {
            throw new IllegalStateException(database, e);
        }
    }

    private String fingerprint() throws SQLException {
        try (var statement = superuser.createStatement();
                var rows = statement.executeQuery(FINGERPRINT)) {
            rows.next();
            return String.valueOf(rows.getString(1));
        } catch (SQLException e) {
            if (e.getSQLState().startsWith("42")) {
                return "a table or a column is gone: " + e.getMessage();
            }
            throw e;
        }
    }

    private void makeAnew() throws SQLException {
        for (var xact : EmbeddedPg.shared()
                .asks(database, "select gid from pg_prepared_xacts where database = current_database()")) {
            EmbeddedPg.shared().doesIn(database, "rollback prepared '" + xact + "'");
        }
        try (var statement = superuser.createStatement()) {
            statement.execute(SWEEP);
            for (var sql : Tables.sql()) {
                statement.execute(sql);
            }
            statement.execute("alter table item owner to player; alter table copied owner to player");
        }
    }

    @Override
    public void close() throws SQLException {
        dismiss();
        superuser.close();
    }
}
