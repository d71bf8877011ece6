package io.pgdoorman.config.catalogue;

import static io.pgdoorman.config.catalogue.Types.duration;
import static io.pgdoorman.config.catalogue.Types.path;
import static io.pgdoorman.config.catalogue.Types.url;

import io.pgdoorman.config.PatroniConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;

/// The keys of the fallback that asks Patroni, which stand in `general` and in a pool.
public final class PatroniSettings<R> {
    private static final Duration TICK = Duration.ofMillis(1);

    private final Setting<R, List<String>> urls;
    private final Setting<R, Path> caCert;
    private final Setting<R, Duration> cooldown;
    private final Setting<R, Duration> apiTimeout;
    private final Setting<R, Duration> connectTimeout;
    private final Setting<R, Duration> lifetime;

    PatroniSettings(Section<R> section, Function<R, PatroniConfig> of, Heir heir) {
        urls = heir.setting(
                section.hot("patroni_api_urls", new ListType<>(url())).unsaid(),
                List.of(),
                of.andThen(PatroniConfig::urls),
                "Patroni's REST endpoints, all asked for /cluster while nobody answers at server_host: servers come"
                        + " from another member then. Who was served by a primary gets a primary, as with"
                        + " target_session_attrs; standbys tagged noloadbalance, nofailover or archive are not used."
                        + " Empty = off.");
        caCert = heir.setting(
                section.hot("patroni_api_ca_cert", path()).unsaid(),
                "those that Java knows",
                owner -> of.apply(owner).authorities().orElse(null),
                "Authorities of the certificates behind https:// URLs (PEM, all in the file), read at each question;"
                        + " the name in the URL has to be in the certificate. An extension.");
        cooldown = heir.setting(
                section.hot("fallback_cooldown", duration(TICK)).unsaid(),
                Duration.ofSeconds(30),
                of.andThen(PatroniConfig::cooldown),
                "Time between two looks whether somebody is at server_host again, and for which the member that was"
                        + " chosen is used without asking.");
        apiTimeout = heir.setting(
                section.hot("patroni_api_timeout", duration(TICK)).unsaid(),
                Duration.ofSeconds(5),
                of.andThen(PatroniConfig::apiTimeout),
                "Longest request to Patroni.");
        connectTimeout = heir.setting(
                section.hot("fallback_connect_timeout", duration(TICK)).unsaid(),
                Duration.ofSeconds(5),
                of.andThen(PatroniConfig::connectTimeout),
                "Longest connect to one member, login included; one that failed is left alone for so long, twice as"
                        + " long each time, up to a minute.");
        lifetime = heir.setting(
                section.hot("fallback_lifetime", duration(TICK)).unsaid(),
                "fallback_cooldown",
                owner -> of.apply(owner).lifetime().orElse(null),
                "Greatest age of a server of another member, so that all come home.");
    }

    public Setting<R, List<String>> urls() {
        return urls;
    }

    public Setting<R, Path> caCert() {
        return caCert;
    }

    public Setting<R, Duration> cooldown() {
        return cooldown;
    }

    public Setting<R, Duration> lifetime() {
        return lifetime;
    }

    /// All of a section that inherits from nobody.
    public PatroniConfig of(Values v) {
        return new PatroniConfig(
                v.of(urls), v.find(caCert), v.of(apiTimeout), v.of(cooldown), v.of(connectTimeout), v.find(lifetime));
    }

    /// What the section says, and where it says nothing, what it inherits.
    public PatroniConfig of(Values v, PatroniConfig usual) {
        return new PatroniConfig(
                v.find(urls).orElse(usual.urls()),
                v.find(caCert).or(usual::authorities),
                v.find(apiTimeout).orElse(usual.apiTimeout()),
                v.find(cooldown).orElse(usual.cooldown()),
                v.find(connectTimeout).orElse(usual.connectTimeout()),
                v.find(lifetime).or(usual::lifetime));
    }
}
