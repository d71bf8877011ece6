package drivers.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;

/// Where connections come from.
interface Source {

    /// With these properties of pgjdbc laid over the usual ones.
    Connection open(Map<String, String> properties) throws SQLException;

    default Connection open() throws SQLException {
        return open(Map.of());
    }
}
