package io.pgdoorman.pooler.admin;

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

    private static final Set<String> NOT_YET = Set.of("show active_sockets");

    private final SortedMap<String, Command> byName = new TreeMap<>();

    Commands(Console.Sources sources) {
        var snapshots = sources.snapshots();
        var actions = sources.actions();
        var inspection = sources.inspection();
        add(
                new ShowHelp(this::usages),
                new ShowVersion(actions),
                new ShowPools(snapshots),
                new ShowPoolsExtended(snapshots),
                new ShowClients(snapshots),
                new ShowServers(snapshots),
                new ShowDatabases(snapshots, actions),
                new ShowUsers(snapshots),
                new ShowLists(snapshots, inspection),
                new ShowConnections(sources.process()),
                new ShowCertificates(snapshots),
                new ShowAuthQuery(snapshots),
                new ShowPasswords(snapshots),
                new ShowState(snapshots, actions));
        add(
                new ShowStats(snapshots),
                new ShowStatsTotals(snapshots),
                new ShowStatsAverages(snapshots),
                new ShowTotals(snapshots));
        add(
                new ShowConfig(sources.config()),
                new ShowConfigExtended(sources.config()),
                new ShowConfigHash(actions),
                new ShowStartupParameters(inspection),
                new ShowPoolCoordinator(snapshots),
                new ShowPoolScaling(snapshots),
                ShowPoolsMemory.of(snapshots),
                ShowPoolsMemory.alias(snapshots),
                new ShowPreparedStatements(inspection),
                new ShowInterner(inspection),
                new ShowDnsHosts(inspection),
                new ShowPeers(inspection),
                new ShowMem(inspection),
                new ShowFds(inspection),
                new ShowSockets(inspection),
                new ShowLogLevel(sources.levels()));
        add(
                new Reload(actions),
                new Pause(actions),
                new Resume(actions),
                new Suspend(actions),
                new Reconnect(actions),
                new Shutdown(actions),
                new Upgrade(actions),
                new WaitClose(actions),
                new Kill(actions),
                new KillClient(actions),
                Admit.enable(actions),
                Admit.disable(actions),
                new ResetInterner(actions),
                new SetParameter(sources.levels()),
                new SelectSettings(this::shown));
        ShowNothing.all().forEach(this::add);
        Courtesy.all().forEach(this::add);
        ShowParameter.all().forEach(this::add);
        add(new Deallocate("deallocate"), new Deallocate("discard"));
    }

    private void add(Command... commands) {
        for (var command : commands) {
            byName.put(command.name(), command);
        }
    }

    /// Those of SHOW HELP, by name.
    List<Command> listed() {
        return byName.values().stream().filter(Command::isListed).toList();
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
        return Nearest.to(readings, listed().stream().map(Command::name).toList())
                .toUpperCase(Locale.ROOT);
    }

    private List<String> usages() {
        return listed().stream().map(Command::usage).toList();
    }

    private List<String> shown() {
        return listed().stream()
                .map(Command::name)
                .filter(name -> name.startsWith(SHOW))
                .map(name -> name.substring(SHOW.length()))
                .collect(Collectors.toList());
    }
}
