package drivers.client;

import static drivers.Scenarios.must;

import java.util.List;

/// A connection of a driver that is not JDBC, used by one thread that waits for each answer.
public interface Client extends AutoCloseable {

    /// Statements without values, by the driver's interface for those.
    void execute(String... statements);

    /// The rows that a statement answers; its values stand for `$1` and on, and null is a text.
    List<List<Object>> rows(String sql, Object... values);

    /// The first column of the first row as this type.
    <T> T one(Class<T> type, String sql, Object... values);

    @Override
    void close();

    default void usable() {
        must("afterwards", one(String.class, "select 'still ' || $1::text", "here"), "still here");
    }
}
