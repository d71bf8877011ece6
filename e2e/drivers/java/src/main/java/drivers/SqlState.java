package drivers;

import io.r2dbc.spi.R2dbcException;
import io.vertx.pgclient.PgException;
import java.sql.SQLException;

/// The SQLSTATE in a failure of any of the drivers.
final class SqlState {

    private SqlState() {}

    /// Of the first cause that has one, as layers above the driver wrap its failure; "none" without.
    static String of(Throwable failure) {
        for (Throwable e = failure; e != null; e = e.getCause()) {
            if (e instanceof SQLException sql && sql.getSQLState() != null) {
                return sql.getSQLState();
            }
            if (e instanceof R2dbcException r2dbc && r2dbc.getSqlState() != null) {
                return r2dbc.getSqlState();
            }
            if (e instanceof PgException vertx) {
                return vertx.getSqlState();
            }
        }
        return "none";
    }
}
