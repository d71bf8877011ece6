package drivers;

/// The scenarios of `e2e/drivers/SCENARIOS` with pgjdbc alone.
final class Pgjdbc {

    public static void main(String[] arguments) {
        Scenarios.version("pgjdbc", org.postgresql.util.DriverInfo.DRIVER_VERSION);
        new Jdbc(Jdbc::direct).scenarios().run();
    }
}
