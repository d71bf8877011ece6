package drivers.hibernate;

import drivers.Scenarios;

/// The scenarios of `e2e/drivers/SCENARIOS` with Hibernate over pgjdbc: entities, HQL, and native SQL.
final class Hibernate {

    public static void main(String[] arguments) {
        Scenarios.version(
                "Hibernate ORM",
                "%s, pgjdbc %s"
                        .formatted(
                                org.hibernate.Version.getVersionString(),
                                org.postgresql.util.DriverInfo.DRIVER_VERSION));
        var orm = Orm.create(Scenarios.PASSWORD);
        var sessions = new Sessions(orm);
        var statements = new Statements(orm);
        new Scenarios()
                .add("login", sessions::login)
                .add("startup", sessions::startup)
                .add("prepared", statements::prepared)
                .add("batch", statements::batch)
                .add("batch-error", statements::batchError)
                .add("cancel", sessions::cancel)
                .add("timeout", sessions::timeout)
                .add("errors", sessions::errors)
                .add("reconnect", sessions::reconnect)
                .add("transactions", sessions::transactions)
                .add("large", statements::large)
                .add("types", statements::types)
                .add("cursor", statements::cursor)
                .run();
    }
}
