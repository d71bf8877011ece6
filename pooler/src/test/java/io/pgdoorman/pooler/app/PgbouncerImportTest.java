package io.pgdoorman.pooler.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.config.PoolMode;
import io.pgdoorman.config.PoolerConfig;
import io.pgdoorman.config.Secret;
import io.pgdoorman.config.read.ConfigReader;
import io.pgdoorman.config.read.Format;
import io.pgdoorman.config.read.ReadResult;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class PgbouncerImportTest {

    private static final String INI = """
        ; a comment
        [databases]
        shop = host=db.example port=5433 dbname=shop_v2 pool_size=12 max_db_connections=30 reserve_pool=3
        "odd ""name""\" = host=/run/postgresql user=forced password='it''s' connect_query='select 1'
        * = host=elsewhere

        [users]
        report = pool_mode=session pool_size=2 max_user_connections=9

        [pgbouncer]
        listen_addr = *
        listen_port = 6432
        auth_type = scram-sha-256
        auth_file = userlist.txt
        admin_users = boss, deputy
        pool_mode = transaction
        default_pool_size = 25
        min_pool_size = 1
        max_client_conn = 500
        query_wait_timeout = 90.5
        server_idle_timeout = 0
        query_timeout = 0
        log_connections = 0
        server_reset_query = DISCARD ALL
        max_prepared_statements = 200
        tcp_user_timeout = 12500
        frobnicate = 1
        """;

    private static final String USERS = """
        "app" "SCRAM-SHA-256$4096:MDEyMzQ1Njc4OWFiY2RlZg==$c3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3M=:dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnY="
        "report" "md50123456789abcdef0123456789abcdef"
        "boss" "plain ""secret""\"
        """;

    private static PgbouncerImport.Made made(String ini, String users) {
        return new PgbouncerImport(PgbouncerFile.read(ini), PgbouncerFile.users(users)).make();
    }

    private static PoolerConfig read(String yaml) {
        var read = ConfigReader.parse(yaml, Format.YAML, "imported.yaml");
        assertThat(read).as(yaml).isInstanceOf(ReadResult.Valid.class);
        return ((ReadResult.Valid) read).config();
    }

    @Test
    void whatHasACounterpartIsKept() {
        // when
        var config = read(made(INI, USERS).yaml());

        // then
        var general = config.general();
        assertThat(general.listen().host()).isEqualTo("0.0.0.0");
        assertThat(general.listen().port()).isEqualTo(6432);
        assertThat(general.listen().maxConnections()).isEqualTo(500);
        assertThat(general.access().adminUsername()).isEqualTo("boss");
        assertThat(general.access().adminPassword()).isEqualTo(new Secret.Inline("plain \"secret\""));
        assertThat(general.servers().timeouts().idle()).isEqualTo(Duration.ZERO);
        assertThat(general.clients().logs().connections()).isFalse();
        assertThat(general.relay().prepare().serverCacheSize()).isEqualTo(200);
        assertThat(general.tcp().userTimeout()).isEqualTo(Duration.ofSeconds(13));
        var shop = Objects.requireNonNull(config.pools().get("shop"));
        assertThat(shop.users())
                .hasSize(3)
                .allSatisfy(user -> assertThat(user.size().min()).isEqualTo(1));
        assertThat(shop.users().getFirst().size().max()).isEqualTo(12);
        var report = shop.users().getLast();
        assertThat(report.username()).isEqualTo("report");
        assertThat(report.size().max()).isEqualTo(2);
        assertThat(report.mode()).isEqualTo(PoolMode.SESSION);
        var odd = Objects.requireNonNull(config.pools().get("odd \"name\""));
        assertThat(odd.users().getFirst().serverLogin().password()).isEqualTo(new Secret.Inline("it's"));
    }

    @Test
    void whatHasNoneIsReported() {
        // when
        var report = made(INI, USERS).report();

        // then
        assertThat(report)
                .anyMatch(line -> line.startsWith("frobnicate = 1: no counterpart"))
                .anyMatch(line -> line.startsWith("server_reset_query = DISCARD ALL: not needed"))
                .anyMatch(line -> line.startsWith("[databases] *: "))
                .anyMatch(line -> line.equals("[databases] odd \"name\": connect_query: no counterpart"))
                .anyMatch(line -> line.equals("[users] report: max_user_connections: no counterpart"))
                .anyMatch(line -> line.startsWith("admin_users: "));
        assertThat(report).hasSize(6);
    }

    @Test
    void theSmallestFileIsValid() {
        // when
        var made = made("[databases]\nshop = host=db\n[pgbouncer]\nauth_type = trust\npool_mode = statement\n", "");

        // then
        var config = read(made.yaml());
        assertThat(config.general().access().adminPassword()).isEqualTo(new Secret.FromEnv("DOORMAN_ADMIN_PASSWORD"));
        assertThat(made.report())
                .anyMatch(line -> line.contains("statement"))
                .anyMatch(line -> line.contains("no users"))
                .anyMatch(line -> line.contains("DOORMAN_ADMIN_PASSWORD"));
    }
}
