package io.pgdoorman.pooler.admin;

/// The levels of the log, which SET log_level changes until the process ends; filled by `app`.
public interface LogLevels {

    /// As SET log_level takes it: the level of all, then those of single modules.
    String shown();

    /// Changes them; `default` means those that the process was started with.
    ///
    /// @throws IllegalArgumentException when it cannot be read, with the reason; then nothing changed
    void set(String filter);
}
