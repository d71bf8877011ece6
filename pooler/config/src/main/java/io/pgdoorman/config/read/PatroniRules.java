package io.pgdoorman.config.read;

import io.pgdoorman.config.catalogue.PatroniSettings;
import io.pgdoorman.config.catalogue.Values;
import io.pgdoorman.config.tree.Problems;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.List;

/// What must hold for the fallback that asks Patroni, in `general` and in each pool.
final class PatroniRules {
    /// One for each member; more members than that no cluster has.
    private static final int MOST_URLS = 32;

    private static final Duration SHORT = Duration.ofSeconds(1);

    private final Problems problems;

    PatroniRules(Problems problems) {
        this.problems = problems;
    }

    <R> void check(Values values, PatroniSettings<R> keys) {
        values.find(keys.urls()).ifPresent(urls -> urls(values, keys, urls));
        values.find(keys.urls())
                .filter(urls -> values.find(keys.caCert()).isPresent()
                        && urls.stream().noneMatch(url -> url.startsWith("https:")))
                .ifPresent(_ -> problems.warn(
                        values.place(keys.caCert()), "is of no use: none of patroni_api_urls begins with https://"));
        values.find(keys.cooldown())
                .filter(cooldown -> cooldown.compareTo(SHORT) < 0)
                .ifPresent(cooldown -> problems.warn(
                        values.place(keys.cooldown()),
                        cooldown.toMillis() + "ms is short: a server that is down is asked again that often"));
        var cooldown = values.find(keys.cooldown());
        values.find(keys.lifetime())
                .filter(lifetime -> cooldown.isPresent() && lifetime.compareTo(cooldown.get()) > 0)
                .ifPresent(lifetime -> problems.warn(
                        values.place(keys.lifetime()),
                        lifetime.toMillis() + "ms is longer than fallback_cooldown: servers stay with another member"
                                + " though their own server is there again"));
    }

    private <R> void urls(Values values, PatroniSettings<R> keys, List<String> urls) {
        var place = values.place(keys.urls());
        if (urls.size() > MOST_URLS) {
            problems.refuse(place, urls.size() + " URLs: expected at most " + MOST_URLS);
        }
        for (var text : urls) {
            try {
                var url = new URI(text);
                if (url.getHost() == null || url.getPort() > 65_535) {
                    problems.refuse(
                            place,
                            "\"" + text + "\" names no host and port: expected such as" + " http://10.0.0.1:8008");
                } else if (url.getUserInfo() != null) {
                    problems.refuse(
                            place,
                            "a URL with a password (not shown) stands here: expected one without, as"
                                    + " /cluster asks for none");
                } else if (url.getQuery() != null || url.getFragment() != null) {
                    problems.refuse(
                            place,
                            "\"" + text + "\" has a query or a fragment: expected such as"
                                    + " http://10.0.0.1:8008, as /cluster is put behind it");
                }
            } catch (URISyntaxException e) {
                problems.refuse(place, "a URL is none (" + e.getReason() + "): expected such as http://10.0.0.1:8008");
            }
        }
        if (urls.stream().distinct().count() < urls.size()) {
            problems.refuse(place, "a URL stands there twice: expected each once");
        }
    }
}
