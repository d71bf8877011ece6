package drivers.hibernate;

import static drivers.Scenarios.must;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import drivers.Scenarios;
import drivers.jdbc.Jdbc;
import java.util.Map;
import java.util.function.Consumer;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.cfg.Configuration;

/// Hibernate over a pool of HikariCP's with up to eight connections.
record Orm(SessionFactory factory) {

    static Orm create(String password) {
        var pool = new HikariConfig();
        pool.setJdbcUrl(Jdbc.URL);
        pool.setUsername(Scenarios.USER);
        pool.setPassword(password);
        pool.setMaximumPoolSize(8);
        pool.setMinimumIdle(0);
        pool.addDataSourceProperty("prepareThreshold", "2");
        var configuration = new Configuration()
                .addAnnotatedClasses(Person.class, Letter.class, Typed.class)
                .setProperty("hibernate.hbm2ddl.auto", "create")
                .setProperty("hibernate.jdbc.batch_size", 50)
                .setProperty("hibernate.order_inserts", true)
                .setProperty("hibernate.order_updates", true);
        configuration.getProperties().put("jakarta.persistence.nonJtaDataSource", new HikariDataSource(pool));
        return new Orm(configuration.buildSessionFactory());
    }

    void transaction(Consumer<Session> work) {
        factory.inTransaction(work::accept);
    }

    /// With a connection for this session alone.
    void alone(Map<String, String> properties, Consumer<Session> work) throws Exception {
        try (var connection = Jdbc.direct(properties);
                var session = factory.withOptions().connection(connection).openSession()) {
            work.accept(session);
        }
    }

    /// A first row of native SQL; values stand for `?1` and on.
    static Object[] row(Session session, String sql, Object... values) {
        var query = session.createNativeQuery(sql, Object[].class);
        for (int i = 0; i < values.length; i++) {
            query.setParameter(i + 1, values[i]);
        }
        return query.getResultList().get(0);
    }

    static void execute(Session session, String... statements) {
        for (var sql : statements) {
            session.createNativeMutationQuery(sql).executeUpdate();
        }
    }

    static long people(Session session) {
        return session.createSelectionQuery("select count(*) from Person", Long.class)
                .getSingleResult();
    }

    void usable() {
        transaction(session ->
                must("afterwards", row(session, "select cast(?1 as text), 1", "still here")[0], "still here"));
    }

    void empty() {
        transaction(session -> {
            session.createMutationQuery("delete from Letter").executeUpdate();
            session.createMutationQuery("delete from Person").executeUpdate();
        });
    }
}
