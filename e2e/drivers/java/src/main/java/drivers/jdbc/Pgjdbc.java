package drivers.jdbc;

import drivers.Scenarios;

/// The scenarios of `e2e/drivers/SCENARIOS` with pgjdbc alone.
final class Pgjdbc {

    public static void main(String[] arguments) {
        Scenarios.version("pgjdbc", org.postgresql.util.DriverInfo.DRIVER_VERSION);
        Jdbc.scenarios(Jdbc::direct).run();
    }
}
