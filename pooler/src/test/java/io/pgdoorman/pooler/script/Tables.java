package io.pgdoorman.pooler.script;

/// What the tests read and write, as the superuser makes it.
public final class Tables {
    private Tables() {}

    /// Makes the tables anew; the role `app` owns them.
    public static String[] sql() {
        return new String[] {
            "drop table if exists item, copied",
            "create table item (id int primary key, name text)",
            "create table copied (id int, name text)",
            "insert into item select g, 'item ' || g from generate_series(1, 10) g",
            "grant all on item, copied to public",
            "alter table item owner to app",
            "alter table copied owner to app"
        };
    }
}
