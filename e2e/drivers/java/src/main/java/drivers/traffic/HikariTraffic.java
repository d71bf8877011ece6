package drivers.traffic;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import org.postgresql.ds.PGSimpleDataSource;

/// Traffic with HikariCP and pgjdbc as they come. pgjdbc sends BEGIN together with the first statement.
final class HikariTraffic {
    private static final String UPDATE =
            "update traffic_account set balance = balance + 1 where driver = 'hikaricp' and client = ?";
    private static final String INSERT = "insert into traffic_ledger values ('hikaricp', ?, ?)";

    private HikariTraffic() {}

    public static void main(String[] arguments) throws Exception {
        var tally = new Tally();
        var config = new HikariConfig();
        config.setDataSource(new Counting(tally));
        config.setMaximumPoolSize(Tally.CLIENTS);
        config.setConnectionTimeout(5_000);
        config.setAutoCommit(false);
        try (var pool = new HikariDataSource(config)) {
            tally.serve((client, number) -> transaction(pool, tally, client, number));
        }
    }

    private static void transaction(HikariDataSource pool, Tally tally, int client, long number) throws Exception {
        try (var connection = pool.getConnection();
                var update = connection.prepareStatement(UPDATE);
                var insert = connection.prepareStatement(INSERT)) {
            update.setInt(1, client);
            update.executeUpdate();
            tally.begun(client);
            Thread.sleep(Tally.THINK_MILLIS);
            insert(insert, client, number);
            connection.commit();
            tally.committed(client);
        }
    }

    private static void insert(PreparedStatement insert, int client, long number) throws SQLException {
        insert.setInt(1, client);
        insert.setLong(2, number);
        insert.executeUpdate();
    }

    /// The driver's source of connections, which counts them.
    private static final class Counting extends PGSimpleDataSource {
        private static final long serialVersionUID = 1;
        private final transient Tally tally;

        Counting(Tally tally) {
            this.tally = tally;
            setServerNames(new String[] {System.getenv("PGHOST")});
            setPortNumbers(new int[] {Integer.parseInt(System.getenv("PGPORT"))});
            setDatabaseName(System.getenv("PGDATABASE"));
            setUser(System.getenv("PGUSER"));
            setPassword(System.getenv("PGPASSWORD"));
        }

        @Override
        public Connection getConnection() throws SQLException {
            var connection = super.getConnection();
            tally.connected();
            return connection;
        }
    }
}
