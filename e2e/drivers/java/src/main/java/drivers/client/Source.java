package drivers.client;

import java.util.Map;

/// Opens connections of a driver.
public interface Source<C extends Client> {

    /// What stands for a password among settings.
    String PASSWORD = "password";

    /// @param settings PostgreSQL's parameters for the startup packet, and perhaps another [#PASSWORD]
    C open(Map<String, String> settings);

    default C open() {
        return open(Map.of());
    }
}
