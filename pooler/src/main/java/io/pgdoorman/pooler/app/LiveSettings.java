package io.pgdoorman.pooler.app;

import io.pgdoorman.config.ListenConfig;
import io.pgdoorman.config.LoginConfig;
import io.pgdoorman.config.ShutdownConfig;
import io.pgdoorman.pooler.cancel.Peers;
import io.pgdoorman.pooler.client.Building;
import io.pgdoorman.pooler.client.Clients;
import io.pgdoorman.pooler.http.AdminLogin;
import io.pgdoorman.pooler.net.SocketSettings;
import io.pgdoorman.pooler.reload.Reloader;
import io.pgdoorman.pooler.stats.SlowLog;
import java.net.InetAddress;
import java.util.List;
import java.util.Objects;

/// What the live configuration says to rooms that know no configuration: some ask each time, others are told when
/// another one is live.
final class LiveSettings {
    private final Reloader reloader;
    private final SlowLog slow;
    private final Clients clients;
    private final Peers peers;

    LiveSettings(Reloader reloader, SlowLog slow, Clients clients, Peers peers) {
        this.reloader = reloader;
        this.slow = slow;
        this.clients = clients;
        this.peers = peers;
    }

    // ---- who asks

    Building.House house() {
        var general = reloader.live().config().general();
        return new Building.House(
                general.listen().maxConnections(),
                general.clients().maxPerAddress(),
                (int) general.clients().loginTimeout().toMillis(),
                general.clients().logs().connections(),
                general.clients().logs().disconnections(),
                logins(general.logins()));
    }

    private static Building.Logins logins(LoginConfig logins) {
        return new Building.Logins(
                logins.mostUnauthenticated(),
                logins.failures().perMinute(),
                address -> logins.failures().exempt().stream().anyMatch(network -> network.contains(address)),
                logins.auditsSuccesses());
    }

    AdminLogin adminLogin() {
        var live = reloader.live();
        return new AdminLogin(
                live.config().general().access().adminUsername(), live.adminPassword(), live.metricsToken());
    }

    SocketSettings clientSocket() {
        return Reloader.socketSettings(reloader.live().config());
    }

    /// How the process ends.
    ShutdownConfig shutdown() {
        return reloader.live().config().general().listen().shutdown();
    }

    boolean kicksClients() {
        return reloader.live().config().general().upkeep().kicksClients();
    }

    // ---- who is told

    /// A configuration is live.
    void applied() {
        var general = reloader.live().config().general();
        slow.limits(
                general.upkeep().slowCheckout().toNanos(),
                general.upkeep().slowQuery().toNanos());
        clients.memory().limit(general.clients().maxMemory().bytes());
        applyPeers(general.listen());
    }

    private void applyPeers(ListenConfig listen) {
        var hosts = listen.peers();
        peers.apply(
                hosts == null
                        ? List.of()
                        : hosts.stream()
                                .map(host -> new Peers.Host(
                                        host.host(), Objects.requireNonNullElse(host.port(), listen.port())))
                                .toList(),
                InetAddress.ofLiteral(listen.host()));
    }
}
