package io.pgdoorman.config.read;

import io.pgdoorman.config.catalogue.Values;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The typed values of all tables, before they are known to fit together.
record Draft(Values general, Values web, Tokens tokens, Map<String, Pool> pools) {

    /// Those who issue tokens.
    record Tokens(Values talos, Map<String, Values> issuers) {}

    /// One pool and its users.
    ///
    /// @param authQuery null where it has none
    record Pool(Values values, List<Values> users, @Nullable Values authQuery) {}
}
