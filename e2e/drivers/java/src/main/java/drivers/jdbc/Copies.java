package drivers.jdbc;

import static drivers.Scenarios.must;
import static drivers.Scenarios.mustFail;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.SQLException;
import org.postgresql.PGConnection;

/// Scenarios of COPY by pgjdbc's own interface.
record Copies(Source source) {

    void copyIn() throws Exception {
        try (var c = source.open()) {
            Jdbc.execute(c, "drop table if exists copied", "create table copied (id int4, word text)");
            var text = new StringBuilder();
            for (int i = 0; i < 20000; i++) {
                text.append(i).append("\tword ").append(i).append('\n');
            }
            must("rows", copy(c).copyIn("copy copied from stdin", new StringReader(text.toString())), 20000L);
            must("rows", Jdbc.one(c, Long.class, "select count(*) from copied where word = 'word ' || id"), 20000L);
        }
    }

    private static org.postgresql.copy.CopyManager copy(Connection c) throws SQLException {
        return c.unwrap(PGConnection.class).getCopyAPI();
    }

    void copyOut() throws Exception {
        try (var c = source.open()) {
            var text = new StringWriter();
            copy(c).copyOut("copy (select i, 'word ' || i from generate_series(0, 19999) i) to stdout", text);
            var lines = text.toString().split("\n");
            must("lines", lines.length, 20000);
            for (int i = 0; i < lines.length; i++) {
                must("line", lines[i], i + "\tword " + i);
            }
        }
    }

    void copyBinary() throws Exception {
        try (var c = source.open()) {
            Jdbc.execute(c, "drop table if exists copied_binary", "create table copied_binary (id int4, word text)");
            var bytes = new java.io.ByteArrayOutputStream();
            copy(c).copyOut(
                            "copy (select i::int4, 'word ' || i from generate_series(1, 5000) i) to stdout (format"
                                    + " binary)",
                            bytes);
            must(
                    "rows",
                    copy(c).copyIn(
                                    "copy copied_binary from stdin (format binary)",
                                    new java.io.ByteArrayInputStream(bytes.toByteArray())),
                    5000L);
            must(
                    "rows",
                    Jdbc.one(c, Long.class, "select count(*) from copied_binary where word = 'word ' || id"),
                    5000L);
        }
    }

    void copyError() throws Exception {
        try (var c = source.open()) {
            Jdbc.execute(c, "drop table if exists refused", "create table refused (id int4)");
            var bad = "1\n".repeat(3000) + "no number\n" + "2\n".repeat(50000);
            mustFail(
                    "refused by the server",
                    "22P02",
                    () -> copy(c).copyIn("copy refused from stdin", new StringReader(bad)));
            Jdbc.usable(c);
            var broken = new InputStream() {
                private int left = 100;

                @Override
                public int read() throws IOException {
                    if (left-- <= 0) {
                        throw new IOException("the source broke");
                    }
                    return left % 2 == 0 ? '\n' : '1';
                }
            };
            mustFail("given up by the client", () -> copy(c).copyIn("copy refused from stdin", broken));
            Jdbc.usable(c);
            must("rows", Jdbc.one(c, Long.class, "select count(*) from refused"), 0L);
        }
    }
}
