package io.pgdoorman.pooler.http;

import io.pgdoorman.pooler.stats.PoolSnapshot;
import io.pgdoorman.pooler.stats.ProcessStats;
import io.pgdoorman.pooler.stats.ProcessStats.ConnectPhase;
import io.pgdoorman.pooler.stats.ProcessStats.Kind;
import io.pgdoorman.pooler.stats.ProcessStats.Reason;
import io.pgdoorman.pooler.stats.ProcessStats.ReloadResult;
import io.pgdoorman.pooler.stats.Snapshots;
import io.pgdoorman.pooler.stats.WebStats;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.IntStream;

/// The pooler's own metrics under PgDoorman's names, read from snapshots at each scrape: what a reload
/// removed vanishes with it.
final class PoolerMetrics implements MultiCollector {

    /// Each has some 180 series, so that no number of users makes a page that nobody can store.
    private static final int MOST_POOLS = 1000;

    private final Snapshots snapshots;
    private final ProcessStats process;
    private final ControlActions actions;
    private final WebStats web;

    PoolerMetrics(Snapshots snapshots, ProcessStats process, ControlActions actions, WebStats web) {
        this.snapshots = snapshots;
        this.process = process;
        this.actions = actions;
        this.web = web;
    }

    @Override
    public MetricSnapshots collect() {
        var families = new MetricFamilies();
        collectBuild(families);
        collectConfig(families);
        collectConnections(families);
        collectCertificates(families);
        collectTokenKeys(families);
        ProcessMetrics.collect(families, actions.state().startedAt());
        ProcessMetrics.collectLoops(families, snapshots.loops());
        LimitMetrics.collect(families, snapshots.limits());
        LimitMetrics.collectCaps(families, snapshots.caps());
        collectWeb(families);
        var pools = pools();
        pools.stream().limit(MOST_POOLS).forEach(pool -> PoolMetrics.collect(families, pool));
        OtherPools.collect(families, pools.stream().skip(MOST_POOLS).toList());
        families.gauge(
                "pools_omitted",
                "Pools beyond the " + MOST_POOLS + " that have metrics of their own",
                Labels.EMPTY,
                Math.max(0, pools.size() - MOST_POOLS));
        snapshots.lookups().forEach(lookup -> LookupMetrics.collect(families, lookup));
        snapshots.fallbacks().forEach(fallback -> FallbackMetrics.collect(families, fallback));
        for (var one : snapshots.previousPasswords()) {
            families.counter(
                    "previous_password_logins",
                    "Logins with a password that is to end (previous_password)",
                    Labels.of("user", one.user(), "database", one.database()),
                    one.logins().count());
        }
        return families.snapshots();
    }

    /// The gauges that PgDoorman calls deprecated, which dashboards still show, and what is called as something else.
    MetricSnapshots collectDeprecated() {
        var families = new MetricFamilies();
        var help = "Accepted connections by type; deprecated, use connections_total";
        for (var kind : Kind.values()) {
            families.gauge("connection_count", help, Labels.of("type", kind.label()), process.acceptedCount(kind));
        }
        families.gauge("connection_count", help, Labels.of("type", "total"), process.acceptedCount());
        pools().stream().limit(MOST_POOLS).forEach(pool -> PoolMetrics.collectDeprecated(families, pool));
        snapshots.lookups().forEach(lookup -> LookupMetrics.collectGauges(families, lookup));
        LimitMetrics.collectCapEvents(families, snapshots.caps());
        return families.snapshots();
    }

    /// One snapshot per (database, user): a pool that a reload just replaced may still be emptying, and the
    /// same labels twice would spoil the page.
    private Collection<PoolSnapshot> pools() {
        var byName = new LinkedHashMap<List<String>, PoolSnapshot>();
        for (var pool : snapshots.pools()) {
            byName.putIfAbsent(List.of(pool.database(), pool.user()), pool);
        }
        return byName.values();
    }

    private void collectBuild(MetricFamilies families) {
        var version = actions.state().version();
        families.gauge("build_info", "Version of the pooler, constant 1", Labels.of("version", version), 1);
        var level = Labels.of("level", snapshots.logLevel());
        families.gauge("log_level", "Level of the log, constant 1", level, 1);
    }

    private void collectConfig(MetricFamilies families) {
        var state = actions.state();
        var generation = state.loaded().generation();
        if (generation != null) {
            families.gauge("config_generation", "Generation of the live configuration", Labels.EMPTY, generation);
        }
        var hash = Labels.of("hash", state.loaded().hash());
        families.gauge("config_hash", "Hash of the live configuration, constant 1", hash, 1);
        families.gauge(
                "config_rejected",
                "Whether the configuration file was refused and an older one is live",
                Labels.EMPTY,
                state.rejected() == null ? 0 : 1);
        for (var result : ReloadResult.values()) {
            families.counter(
                    "reload", "Reloads by result", Labels.of("result", result.label()), process.reloadCount(result));
        }
        for (var phase : ControlState.Phase.values()) {
            families.gauge(
                    "state",
                    "1 for the phase that the process is in",
                    Labels.of("state", phase.label()),
                    phase == state.phase() ? 1 : 0);
        }
    }

    private void collectCertificates(MetricFamilies families) {
        for (var one : snapshots.certificates()) {
            var labels = Labels.of("role", one.role(), "subject", one.subject(), "serial", one.serial());
            families.gauge(
                    "certificate_expiry_timestamp_seconds",
                    "When a certificate in use ends, in seconds since 1970",
                    labels,
                    one.validUntil().getEpochSecond());
            families.gauge(
                    "certificate_refused",
                    "Whether newer files of this certificate are refused, so that it stays in use",
                    labels,
                    one.fault() == null ? 0 : 1);
        }
    }

    private void collectTokenKeys(MetricFamilies families) {
        for (var one : snapshots.tokenKeys()) {
            var labels = Labels.of("source", one.source());
            families.gauge("token_keys", "Public keys in use of an issuer of tokens", labels, one.count());
            families.gauge(
                    "token_keys_refused",
                    "Whether newer keys of this issuer could not be had, so that the older ones stay in use",
                    labels,
                    one.fault() == null ? 0 : 1);
        }
    }

    private void collectConnections(MetricFamilies families) {
        for (var kind : Kind.values()) {
            var labels = Labels.of("type", kind.label());
            families.counter("connections", "Accepted connections by type", labels, process.acceptedCount(kind));
        }
        families.counter(
                "connections", "Accepted connections by type", Labels.of("type", "total"), process.acceptedCount());
        for (var reason : Reason.values()) {
            families.counter(
                    "listener_rejections",
                    "Refused connections by reason",
                    Labels.of("reason", reason.label()),
                    process.rejectedCount(reason));
        }
        families.histogram(
                "client_login_duration_seconds",
                "Time from accepting a client to its first ReadyForQuery",
                Labels.EMPTY,
                process.logins());
        for (var phase : ConnectPhase.values()) {
            families.histogram(
                    "backend_create_duration_seconds",
                    "Time of the steps of making a server connection",
                    Labels.of("phase", phase.label()),
                    process.connects(phase));
        }
    }

    private void collectWeb(MetricFamilies families) {
        for (var role : WebStats.Role.values()) {
            IntStream.rangeClosed(2, 5)
                    .forEach(hundreds -> families.counter(
                            "web_requests",
                            "Requests at this port by who asked and how they were answered",
                            Labels.of("role", role.label(), "status_class", hundreds + "xx"),
                            web.answerCount(role, hundreds)));
        }
        for (var source : WebStats.Source.values()) {
            families.counter(
                    "web_auth_failures",
                    "Requests at this port that were refused for what they said of who asks",
                    Labels.of("source", source.label()),
                    web.refusedCount(source));
        }
    }
}
