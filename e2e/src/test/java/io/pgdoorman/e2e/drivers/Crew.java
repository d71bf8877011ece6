package io.pgdoorman.e2e.drivers;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.e2e.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/// The programs of all drivers that make traffic, each at work through its own pool of connections, and the table of
/// what they saw of each event.
public final class Crew implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofMinutes(4);

    /// Seconds when the machine is free; more than this is a client that hangs.
    private static final long TOLERABLE_WAIT_MILLIS = 20_000;

    private final int clients;
    private final Map<String, Traffic> traffic = new TreeMap<>();
    private final List<String> table = new ArrayList<>();

    private Crew(int clients) {
        this.clients = clients;
    }

    /// What has to be done in the database first, by its superuser.
    ///
    /// @param clients of each driver
    public static String tables(int clients) {
        var drivers = Traffic.drivers().keySet().stream()
                .map(name -> "'" + name + "'")
                .collect(Collectors.joining(","));
        return """
            create table traffic_account as select d as driver, i as client, 0 as balance
              from unnest(array[%s]) d, generate_series(0, %d) i;
            alter table traffic_account add primary key (driver, client);
            create table traffic_ledger (driver text, client int, number bigint, primary key (driver, client, number));
            """.formatted(drivers, clients - 1);
    }

    /// Builds what is missing, and starts all.
    ///
    /// @param environment where to connect to and as whom: PGHOST and so on
    /// @param clients of each driver
    public static Crew start(Map<String, String> environment, int clients) {
        var drivers = Traffic.drivers();
        drivers.values().stream().distinct().forEach(Driver::build);
        var crew = new Crew(clients);
        drivers.keySet().forEach(driver -> crew.traffic.put(driver, Traffic.start(driver, environment, clients)));
        crew.table.add("| event | " + String.join(" | ", drivers.keySet()) + " |");
        crew.table.add("|---".repeat(1 + drivers.size()) + "|");
        crew.awaitWork();
        crew.traffic.values().forEach(Traffic::mark);
        return crew;
    }

    /// Each client of each driver commits from now on, on average.
    private void awaitWork() {
        var before = traffic.values().stream()
                .collect(Collectors.toMap(
                        driver -> driver, driver -> driver.sinceMark().committed()));
        Progress.until(
                "each driver commits",
                LIMIT,
                () -> before.entrySet().stream()
                        .allMatch(driver -> driver.getKey().sinceMark().committed() > driver.getValue() + clients));
    }

    /// Everybody works after the event, and nothing was broken since the one before.
    ///
    /// @return how many attempts failed when nothing had run yet
    public long nobodyMinds(String event) {
        awaitWork();
        long refused = 0;
        var row = new ArrayList<String>(List.of(event));
        for (var driver : traffic.values()) {
            var change = driver.sinceMark();
            row.add("%d broken, %d refused, %d connects, longest wait %d ms, of %d"
                    .formatted(
                            change.broken(),
                            change.refused(),
                            change.connects(),
                            change.waitMillis(),
                            change.committed()));
            refused += change.refused();
            driver.mark();
            assertThat(change.broken())
                    .as("%s: %s %s", event, driver.driver(), driver.reasons())
                    .isZero();
            assertThat(change.waitMillis()).as(event + ": " + driver.driver()).isLessThan(TOLERABLE_WAIT_MILLIS);
        }
        table.add("| " + String.join(" | ", row) + " |");
        return refused;
    }

    /// All clients end their transactions, and each that was acknowledged is there.
    ///
    /// @param count answers a query for a number
    public void finish(ToLongFunction<String> count) {
        for (var driver : traffic.values()) {
            var last = driver.finish();
            var rows = "select count(*) from traffic_ledger where driver = '" + driver.driver() + "'";
            assertThat(count.applyAsLong(rows))
                    .as("rows of acknowledged commits of " + driver.driver())
                    .isEqualTo(last.committed());
        }
    }

    /// Writes what they saw.
    public void tell(Path file) {
        try {
            Files.createDirectories(file.getParent());
            Files.write(file, table);
            table.forEach(Progress::say);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        traffic.values().forEach(Traffic::close);
    }
}
