package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.stats.ProcessStats;
import io.pgdoorman.pooler.stats.Snapshots;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// All commands by name, and the names of those that PgDoorman or PgBouncer have and this console not yet.
final class Commands {

    private static final String SHOW = "show ";

    private static final Set<String> NOT_YET = Set.of(
            "show pools_memory",
            "show pool_memory",
            "show pool_coordinator",
            "show pool_scaling",
            "show prepared_statements",
            "show interner",
            "show startup_parameters",
            "show log_level",
            "show sockets",
            "show active_sockets",
            "show fds",
            "show mem",
            "show dns_hosts",
            "show dns_zones",
            "show peers",
            "show peer_pools",
            "show totals",
            "show stats_totals",
            "show stats_averages",
            "reset interner",
            "upgrade",
            "kill",
            "kill_client",
            "disable",
            "enable",
            "suspend",
            "wait_close");

    private final SortedMap<String, Command> byName = new TreeMap<>();

    Commands(Snapshots snapshots, ProcessStats process, AdminActions actions, ConfigView config) {
        var all = List.of(
                new ShowHelp(this::usages),
                new ShowVersion(actions),
                new ShowPools(snapshots),
                new ShowPoolsExtended(snapshots),
                new ShowClients(snapshots),
                new ShowServers(snapshots),
                new ShowStats(snapshots),
                new ShowConfig(config),
                new ShowDatabases(snapshots),
                new ShowUsers(snapshots),
                new ShowLists(snapshots),
                new ShowConnections(process),
                new ShowCertificates(snapshots),
                new ShowAuthQuery(snapshots),
                new ShowPasswords(snapshots),
                new ShowState(snapshots, actions),
                new ShowConfigHash(actions),
                new Reload(actions),
                new Pause(actions),
                new Resume(actions),
                new Reconnect(actions),
                new Shutdown(actions),
                new SetParameter(),
                new SelectSettings(this::shown));
        for (var command : all) {
            byName.put(command.name(), command);
        }
    }

    @Nullable
    Command of(String name) {
        return byName.get(name);
    }

    boolean isKnownButNotYet(String name) {
        return NOT_YET.contains(name);
    }

    /// The name of the command that is nearest to one of the readings.
    String nearestTo(Collection<String> readings) {
        return Nearest.to(readings, byName.keySet()).toUpperCase(Locale.ROOT);
    }

    private List<String> usages() {
        return byName.values().stream().map(Command::usage).toList();
    }

    private List<String> shown() {
        return byName.keySet().stream()
                .filter(name -> name.startsWith(SHOW))
                .map(name -> name.substring(SHOW.length()))
                .collect(Collectors.toList());
    }
}
