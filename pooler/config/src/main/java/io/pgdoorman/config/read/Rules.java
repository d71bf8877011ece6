package io.pgdoorman.config.read;

import io.pgdoorman.config.ByteSize;
import io.pgdoorman.config.ClientTls;
import io.pgdoorman.config.Secret;
import io.pgdoorman.config.catalogue.ClientTlsSettings;
import io.pgdoorman.config.catalogue.GeneralSettings;
import io.pgdoorman.config.catalogue.ListenSettings;
import io.pgdoorman.config.catalogue.ParametersType;
import io.pgdoorman.config.catalogue.PoolSettings;
import io.pgdoorman.config.catalogue.Setting;
import io.pgdoorman.config.catalogue.Values;
import io.pgdoorman.config.catalogue.WebSettings;
import io.pgdoorman.config.tree.Problems;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// What must hold between values; those with faults of their own are left out.
final class Rules {

    private static final Set<String> ADMIN_DATABASES = Set.of("pgdoorman", "pgbouncer");
    private static final ByteSize TINY_BUFFER = new ByteSize(64 * 1024);
    private static final Secret KNOWN_PASSWORD = new Secret.Inline("admin");

    private final Draft draft;
    private final Values general;
    private final Problems problems;
    private final ServerTlsRules serverTls;
    private final PatroniRules patroni;

    private Rules(Draft draft, Problems problems) {
        this.draft = draft;
        this.general = draft.general();
        this.problems = problems;
        this.serverTls = new ServerTlsRules(general, problems);
        this.patroni = new PatroniRules(problems);
    }

    static void check(Draft draft, Problems problems) {
        var rules = new Rules(draft, problems);
        rules.access();
        rules.caches();
        rules.ports();
        rules.shutdown();
        var tokens = new TokenRules(problems);
        tokens.check(draft.tokens());
        tokens.askedInClear(draft);
        if (draft.pools().isEmpty() && !problems.isFaulty()) {
            problems.warn(draft.general().place(), "no pools: only the admin console can be reached");
        }
        draft.pools().forEach(rules::pool);
    }

    /// Who is asked only when the time is over would be ended in the middle of something.
    private void shutdown() {
        var timeout = general.find(ListenSettings.SHUTDOWN_TIMEOUT);
        var spread = general.find(ListenSettings.SHUTDOWN_SPREAD);
        if (timeout.isPresent() && spread.isPresent() && spread.get().compareTo(timeout.get()) > 0) {
            problems.refuse(
                    general.place(ListenSettings.SHUTDOWN_SPREAD),
                    spread.get().toMillis() + "ms is longer than shutdown_timeout: expected at most "
                            + timeout.get().toMillis() + "ms");
        }
    }

    private void access() {
        if (general.find(GeneralSettings.HBA).filter(list -> !list.isEmpty()).isPresent()
                && general.isWritten(GeneralSettings.PG_HBA)) {
            problems.refuse(general.place(GeneralSettings.HBA), "stands beside pg_hba: expected one of the two");
        }
        tls();
        statsUser();
        webTls();
        serverTls.general();
        patroni.check(general, GeneralSettings.PATRONI);
        var buffer = general.find(ListenSettings.TCP_SOCKET_BUFFER_SIZE).orElse(TINY_BUFFER);
        if (buffer.bytes() > 0 && buffer.bytes() < TINY_BUFFER.bytes()) {
            problems.warn(
                    general.place(ListenSettings.TCP_SOCKET_BUFFER_SIZE),
                    buffer + " is small: below " + TINY_BUFFER + " large rows become slow");
        }
        if (general.find(GeneralSettings.ADMIN_PASSWORD)
                .filter(KNOWN_PASSWORD::equals)
                .isPresent()) {
            problems.warn(general.place(GeneralSettings.ADMIN_PASSWORD), "everybody knows this password: choose one");
        }
    }

    private void statsUser() {
        var name = general.find(GeneralSettings.STATS_USERNAME);
        if (general.isWritten(GeneralSettings.STATS_USERNAME) != general.isWritten(GeneralSettings.STATS_PASSWORD)) {
            boolean isNamed = general.isWritten(GeneralSettings.STATS_USERNAME);
            problems.refuse(
                    general.place(isNamed ? GeneralSettings.STATS_USERNAME : GeneralSettings.STATS_PASSWORD),
                    "stands alone: expected " + (isNamed ? "stats_password" : "stats_username") + " beside it");
        }
        if (name.isPresent() && name.equals(general.find(GeneralSettings.ADMIN_USERNAME))) {
            problems.refuse(
                    general.place(GeneralSettings.STATS_USERNAME),
                    "is admin_username: expected a name of its own, for a user with fewer rights");
        }
    }

    private void webTls() {
        var web = draft.web();
        var certificate = web.find(WebSettings.CERTIFICATE);
        if (certificate.isPresent() != web.find(WebSettings.PRIVATE_KEY).isPresent()) {
            var there = certificate.isPresent() ? WebSettings.CERTIFICATE : WebSettings.PRIVATE_KEY;
            var missing = certificate.isPresent() ? WebSettings.PRIVATE_KEY : WebSettings.CERTIFICATE;
            problems.refuse(web.place(there), "stands without " + missing + ": expected both or none");
        }
    }

    private void tls() {
        var mode = general.find(ClientTlsSettings.MODE).orElse(ClientTls.Mode.ALLOW);
        var certificate = general.find(ClientTlsSettings.CERTIFICATE);
        var key = general.find(ClientTlsSettings.PRIVATE_KEY);
        if (certificate.isPresent() != key.isPresent()) {
            var there = certificate.isPresent() ? ClientTlsSettings.CERTIFICATE : ClientTlsSettings.PRIVATE_KEY;
            var missing = certificate.isPresent() ? ClientTlsSettings.PRIVATE_KEY : ClientTlsSettings.CERTIFICATE;
            problems.refuse(general.place(there), "stands without " + missing + ": expected both or none");
        }
        if (mode.demandsTls() && certificate.isEmpty()) {
            problems.refuse(
                    general.place(ClientTlsSettings.MODE), "demands TLS: expected tls_certificate and tls_private_key");
        }
        if (mode.demandsCertificate() && general.find(ClientTlsSettings.CA_CERT).isEmpty()) {
            problems.refuse(general.place(ClientTlsSettings.MODE), "demands client certificates: expected tls_ca_cert");
        }
        if (general.find(ClientTlsSettings.CRL).isPresent()
                && general.find(ClientTlsSettings.CA_CERT).isEmpty()) {
            problems.refuse(general.place(ClientTlsSettings.CRL), "stands without tls_ca_cert: expected both");
        }
    }

    private void caches() {
        var isUsed = general.find(GeneralSettings.PREPARED_STATEMENTS).orElse(false);
        if (!isUsed) {
            return;
        }
        refuseZero(general, GeneralSettings.PREPARED_STATEMENTS_CACHE_SIZE);
        refuseZero(general, GeneralSettings.SERVER_PREPARED_STATEMENTS_CACHE_SIZE);
        for (var pool : draft.pools().values()) {
            refuseZero(pool.values(), PoolSettings.PREPARED_STATEMENTS_CACHE_SIZE);
            refuseZero(pool.values(), PoolSettings.SERVER_PREPARED_STATEMENTS_CACHE_SIZE);
        }
    }

    private void refuseZero(Values values, Setting<?, Integer> setting) {
        values.find(setting)
                .filter(size -> size == 0)
                .ifPresent(_ -> problems.refuse(
                        values.place(setting), "0 is not valid while prepared_statements is on: expected at least 1"));
    }

    private void ports() {
        var web = draft.web();
        var port = general.find(ListenSettings.PORT).filter(number -> number != 0);
        var readOnly = general.find(ListenSettings.READ_ONLY_PORT);
        if (readOnly.isPresent() && readOnly.equals(port)) {
            problems.refuse(
                    general.place(ListenSettings.READ_ONLY_PORT),
                    readOnly.get() + " is general.port as well: expected another port");
        }
        if (!web.find(WebSettings.ENABLED).orElse(false)
                || !general.find(ListenSettings.HOST).equals(web.find(WebSettings.HOST))) {
            return;
        }
        isOfWeb("port", port);
        isOfWeb("read_only_port", readOnly);
    }

    private void isOfWeb(String key, Optional<Integer> port) {
        var web = draft.web();
        if (port.isPresent() && port.equals(web.find(WebSettings.PORT))) {
            problems.refuse(
                    web.place(WebSettings.PORT), port.get() + " is general." + key + " as well: expected another port");
        }
    }

    /// Where a name leads to once more, nobody knows what is meant.
    private void readOnly(String name, Values values) {
        var other = values.find(PoolSettings.READ_ONLY_POOL);
        if (other.isEmpty()) {
            return;
        }
        var found = draft.pools().get(other.get());
        if (found == null || other.get().equals(name)) {
            problems.refuse(
                    values.place(PoolSettings.READ_ONLY_POOL),
                    "\"" + other.get() + "\" is no other pool: expected one of pools");
        } else if (found.values().isWritten(PoolSettings.READ_ONLY_POOL)) {
            problems.refuse(
                    values.place(PoolSettings.READ_ONLY_POOL),
                    "\"" + other.get() + "\" has a read_only_pool of its own: expected a pool without");
        }
    }

    private void pool(String name, Draft.Pool pool) {
        var values = pool.values();
        if (name.isEmpty()) {
            problems.refuse(values.place(), "the name is empty: expected the name of a database");
        }
        if (ADMIN_DATABASES.contains(name)) {
            problems.warn(values.place(), "nobody can reach this pool: the name stands for the admin console");
        }
        if (pool.users().isEmpty() && pool.authQuery() == null) {
            problems.warn(values.place(), "the pool has no users: nobody can log in to it");
        }
        readOnly(name, values);
        serverTls.pool(values);
        patroni.check(values, PoolSettings.PATRONI);
        var merged = merged(values);
        var bytes = ParametersType.bytes(merged);
        if (bytes > ParametersType.MAX_BYTES) {
            problems.refuse(
                    values.place(PoolSettings.STARTUP_PARAMETERS),
                    bytes + " bytes in the startup packet with those of general: expected at most "
                            + ParametersType.MAX_BYTES);
        }
        new UserRules(name, values, merged, problems).check(pool.users());
        var query = pool.authQuery();
        if (query != null) {
            new AuthQueryRules(problems).check(query, pool.users());
        }
    }

    private Map<String, String> merged(Values pool) {
        var merged = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
        general.find(GeneralSettings.STARTUP_PARAMETERS).ifPresent(merged::putAll);
        pool.find(PoolSettings.STARTUP_PARAMETERS).ifPresent(merged::putAll);
        return merged;
    }
}
