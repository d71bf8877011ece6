package io.pgdoorman.config.catalogue;

import static io.pgdoorman.config.catalogue.Types.integer;

import io.pgdoorman.config.ClientCaps;
import java.util.function.Function;

/// Most clients at once, by what they log in to; named as PgBouncer names them.
public final class CapSettings {
    private CapSettings() {}

    static <R> Setting<R, Integer> perDatabase(Section<R> section, Function<R, ClientCaps> of, Heir heir) {
        return setting(
                section,
                "max_db_client_connections",
                of.andThen(ClientCaps::perDatabase),
                heir,
                "Most clients of one pool at once; the next one is refused with 53300.");
    }

    static <R> Setting<R, Integer> perUser(Section<R> section, Function<R, ClientCaps> of, Heir heir) {
        return setting(
                section,
                "max_user_client_connections",
                of.andThen(ClientCaps::perUser),
                heir,
                "Most clients of each user of a pool at once; the next one is refused with 53300.");
    }

    private static <R> Setting<R, Integer> setting(
            Section<R> section, String name, Function<R, Integer> of, Heir heir, String sentence) {
        return heir.setting(
                section.hot(name, integer(0, Integer.MAX_VALUE)), 0, of, sentence + " 0 = no limit. An extension.");
    }
}
