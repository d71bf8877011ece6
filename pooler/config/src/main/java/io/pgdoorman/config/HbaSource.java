package io.pgdoorman.config;

import java.nio.file.Path;
import java.util.List;

/// Where the rules stand that say who may log in from where.
public sealed interface HbaSource {

    /// No rules in the file: everybody may try.
    record None() implements HbaSource {}

    /// The legacy list `general.hba`: clients from these networks may try.
    record Networks(List<Cidr> networks) implements HbaSource {
        public Networks {
            networks = List.copyOf(networks);
        }
    }

    /// The rules themselves, as lines of pg_hba.conf.
    record Rules(String text) implements HbaSource {}

    /// A file of such lines, read at start and at each reload; relative to the folder of the configuration file.
    record RulesFile(Path path) implements HbaSource {}
}
