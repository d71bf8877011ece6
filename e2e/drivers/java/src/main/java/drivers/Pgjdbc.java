package drivers;

/// The scenarios of `e2e/drivers/SCENARIOS` with pgjdbc alone.
final class Pgjdbc {

    public static void main(String[] arguments) {
        Scenarios.version("pgjdbc", org.postgresql.util.DriverInfo.DRIVER_VERSION);
        var jdbc = new Jdbc(Jdbc::direct);
        new Scenarios()
                .add("login", jdbc::login)
                .add("startup", jdbc::startup)
                .add("prepared", jdbc::prepared)
                .add("batch", jdbc::batch)
                .add("batch-error", jdbc::batchError)
                .add("copy-in", jdbc::copyIn)
                .add("copy-out", jdbc::copyOut)
                .add("copy-binary", jdbc::copyBinary)
                .add("copy-error", jdbc::copyError)
                .add("cancel", jdbc::cancel)
                .add("timeout", jdbc::timeout)
                .add("errors", jdbc::errors)
                .add("reconnect", jdbc::reconnect)
                .add("transactions", jdbc::transactions)
                .add("large", jdbc::large)
                .add("types", jdbc::types)
                .add("cursor", jdbc::cursor)
                .add("listen", jdbc::listen)
                .run();
    }
}
