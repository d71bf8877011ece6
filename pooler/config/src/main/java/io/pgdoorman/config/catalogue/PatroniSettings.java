package io.pgdoorman.config.catalogue;

import static io.pgdoorman.config.catalogue.Types.duration;
import static io.pgdoorman.config.catalogue.Types.url;

import io.pgdoorman.config.GeneralConfig;
import io.pgdoorman.config.PoolConfig;
import java.time.Duration;
import java.util.List;

/// The keys of the fallback that asks Patroni; none acts yet.
public final class PatroniSettings {

    private static final Duration TICK = Duration.ofMillis(1);

    private PatroniSettings() {}

    static void general(Section<GeneralConfig> s) {
        urls(s);
        s.hot("fallback_cooldown", duration(TICK))
                .orElse(Duration.ofSeconds(30))
                .notYet("Time for which the local host is left alone.");
        s.hot("patroni_api_timeout", duration(TICK))
                .orElse(Duration.ofSeconds(5))
                .notYet("Longest request to Patroni.");
        s.hot("fallback_connect_timeout", duration(TICK))
                .orElse(Duration.ofSeconds(5))
                .notYet("Longest connect to one candidate.");
        s.hot("fallback_lifetime", duration(TICK))
                .inherits("fallback_cooldown")
                .notYet("Greatest age of a server found by fallback.");
    }

    static void pool(Section<PoolConfig> s) {
        urls(s);
        s.hot("fallback_cooldown", duration(TICK))
                .inherits("general.fallback_cooldown")
                .notYet("Time for which the local host is left alone.");
        s.hot("patroni_api_timeout", duration(TICK))
                .inherits("general.patroni_api_timeout")
                .notYet("Longest request to Patroni.");
        s.hot("fallback_connect_timeout", duration(TICK))
                .inherits("general.fallback_connect_timeout")
                .notYet("Longest connect to one candidate.");
        s.hot("fallback_lifetime", duration(TICK))
                .inherits("general.fallback_lifetime")
                .notYet("Greatest age of a server found by fallback.");
    }

    private static void urls(Section<?> s) {
        var type = new ListType<>(url());
        s.hot("patroni_api_urls", type)
                .notYet("Patroni's REST endpoints, asked when the host fails.", List.of(List.of()));
    }
}
