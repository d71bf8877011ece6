package io.pgdoorman.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The way of a newcomer: apply the example, wait for Ready, run SQL through the Service.
@OnCluster
class QuickstartE2E {

    private static final String SECONDS = System.getProperty("e2e.pgbench.seconds", "30");

    private final Tenant tenant;
    private final Pool pool;

    QuickstartE2E(Tenant tenant) {
        this.tenant = tenant;
        this.pool = tenant.pool();
    }

    @BeforeAll
    void applyTheExample() {
        tenant.quickstart();
        var tables = tenant.postgres().pgbench("-i", "-q", "-s", "10");
        assertThat(tables.succeeded()).as(tables.all()).isTrue();
    }

    @Test
    void answersPsqlThroughTheService() {
        // when
        var answer = pool.target().psql("select 6 * 7, current_user, current_database()");

        // then
        assertThat(answer.succeeded()).as(answer.all()).isTrue();
        assertThat(answer.out().strip()).isEqualTo("42|app|app");
    }

    /// A thread of pgbench for each client: it waits for the answer to PREPARE without serving other clients of the
    /// thread, so that clients with an open transaction would keep the server that it waits for.
    @ParameterizedTest
    @ValueSource(strings = {"simple", "extended", "prepared"})
    void runsPgbenchWithTwentyClientsWithoutAnError(String protocol) {
        // when
        var run = pool.target().pgbench("-n", "-M", protocol, "-c", "20", "-j", "20", "-T", SECONDS);

        // then
        assertThat(run.succeeded()).as(run.all()).isTrue();
        assertThat(run.err()).doesNotContainIgnoringCase("error").doesNotContain("aborted");
        assertThat(run.out()).contains("number of failed transactions: 0 ");
        run.out()
                .lines()
                .filter(line -> line.startsWith("tps") || line.contains("latency average"))
                .forEach(line -> Progress.say("pgbench " + protocol + ": " + line));
    }

    @Test
    void refusesAWrongPasswordAndAnUnknownUserInTheSameWords() {
        // when
        var wrong = pool.target().as(Tenant.USER, "wrong").psql("select 1");
        var unknown = pool.target().as("nobody", "wrong").psql("select 1");

        // then
        assertThat(wrong.succeeded()).isFalse();
        assertThat(wrong.err()).contains("FATAL:  password authentication failed for user \"app\"");
        assertThat(unknown.err()).contains("FATAL:  password authentication failed for user \"nobody\"");
    }

    @Test
    void showsWhatMattersInTheTable() {
        // when
        var table = tenant.kubectl().succeed("get", "doormanpool", pool.name());
        Progress.say("\n" + table);

        // then
        assertThat(table.lines().findFirst().orElseThrow())
                .containsSubsequence("NAME", "READY", "REPLICAS", "CONFIG", "MODE", "AGE");
        assertThat(table).contains("True").contains("2/2");
    }
}
