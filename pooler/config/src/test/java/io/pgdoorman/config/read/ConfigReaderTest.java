package io.pgdoorman.config.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.pgdoorman.config.HbaSource;
import io.pgdoorman.config.PoolMode;
import io.pgdoorman.config.Secret;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ConfigReaderTest {

    private static final String YAML = """
        general:
          host: "127.0.0.1"
          port: 6432
          admin_username: admin
          admin_password: {env: ADMIN_PASSWORD}
          idle_timeout: 5m
          pg_hba: {content: "host all all 10.0.0.0/8 scram-sha-256"}
          startup_parameters: {work_mem: "8MB"}
        web: {enabled: true, port: 9127}
        pools:
          shop:
            server_host: db.example
            idle_timeout: "30s"
            startup_parameters: {statement_timeout: "5s"}
            users:
              - username: app
                password: "secret"
                pool_size: 40
                min_pool_size: 5
              - username: report
                password: {file: /run/secrets/report}
                pool_size: 10
                pool_mode: session
                server_username: report_ro
                server_password: other
        """;

    private static final String TOML = """
        [pools.shop]
        startup_parameters = {statement_timeout = "5s"}
        idle_timeout = 30000
        server_host = "db.example"

        [pools.shop.users.0]
        pool_size = 10
        server_username = "report_ro"
        server_password = "other"
        username = "report"
        password = {file = "/run/secrets/report"}
        pool_mode = "session"

        [pools.shop.users.1]
        username = "app"
        password = "secret"
        pool_size = 40
        min_pool_size = 5

        [general]
        admin_password = {env = "ADMIN_PASSWORD"}
        idle_timeout = "300s"
        port = 6432
        host = "127.0.0.1"
        pg_hba = "host all all 10.0.0.0/8 scram-sha-256"
        startup_parameters = {work_mem = "8MB"}

        [prometheus]
        enabled = true
        """;

    @Test
    void givesRecordsWithDefaultsAndInheritedValues() {
        // given
        var text = YAML;

        // when
        var config = valid(text, Format.YAML).config();

        // then
        assertThat(config.general().listen().port()).isEqualTo(6432);
        assertThat(config.general().clients().loginTimeout()).isEqualTo(Duration.ofSeconds(15));
        assertThat(config.general().servers().syncParameters()).isTrue();
        assertThat(config.general().access().hba()).isInstanceOf(HbaSource.Rules.class);
        assertThat(config.general().access().adminPassword()).isEqualTo(new Secret.FromEnv("ADMIN_PASSWORD"));
        var shop = config.pool("shop").orElseThrow();
        assertThat(shop.server().database()).isEqualTo("shop");
        assertThat(shop.timeouts().idle()).isEqualTo(Duration.ofSeconds(30));
        assertThat(shop.timeouts().lifetime()).isEqualTo(Duration.ofMinutes(20));
        assertThat(shop.session().startupParameters())
                .containsEntry("work_mem", "8MB")
                .containsEntry("statement_timeout", "5s");
        assertThat(shop.user("app").orElseThrow().serverLogin().username()).isEqualTo("app");
        var report = shop.user("report").orElseThrow();
        assertThat(report.mode()).isEqualTo(PoolMode.SESSION);
        assertThat(report.password()).isEqualTo(new Secret.FromFile(Path.of("/run/secrets/report")));
    }

    @Test
    void yamlAndTomlOfTheSameMeaningHaveOneHash() {
        // given
        var yaml = valid(YAML, Format.YAML);

        // when
        var toml = valid(TOML, Format.TOML);

        // then
        assertThat(toml.canonical()).isEqualTo(yaml.canonical());
        assertThat(toml.hash()).isEqualTo(yaml.hash()).matches("[0-9a-f]{64}");
        assertThat(toml.warnings()).extracting(Warning::path).containsExactly("prometheus");
    }

    /// Poolers that run know files by such hashes. Never change it: a new key is `unsaid()`, a default stays.
    @Test
    void aFileKeepsTheHashThatItHasHadFromTheBeginning() {
        assertThat(valid(YAML, Format.YAML).hash())
                .isEqualTo("900ef9aca6b46d81ff9214739f68e1dd228fdafe7a6feb5fc065914f4378c811");
    }

    @Test
    void reportsAllFaultsAtOnceWithPathAndLine() {
        // given
        var text = """
            general:
              prot: 6432
              connect_timeout: soon
              patroni_api_urls: ["patroni:8008"]
            pools:
              shop:
                users:
                  - username: app
                    password: 7
                    pool_size: 0
            """;

        // when
        var result = ConfigReader.parse(text, Format.YAML, "doorman.yaml");

        // then
        assertThat(result)
                .asInstanceOf(type(ReadResult.Invalid.class))
                .satisfies(invalid -> assertThat(invalid.faults().stream().map(Fault::toString))
                        .containsExactlyInAnyOrder(
                                "doorman.yaml:2: general.prot: unknown key: did you mean port?",
                                "doorman.yaml:3: general.connect_timeout: \"soon\" is not valid: expected a duration:"
                                        + " milliseconds, or a number with ms, s, m, h or d, at least 1ms",
                                "doorman.yaml:4: general.patroni_api_urls[0]: \"patroni:8008\" is not valid: expected"
                                        + " a URL that begins with http:// or https://",
                                "doorman.yaml:1: general.admin_password: missing: expected text, {file:"
                                        + " /absolute/path} or {env: NAME}",
                                "doorman.yaml:9: pools.shop.users[0].password: an integer (not shown) stands here:"
                                        + " expected text, {file: /absolute/path} or {env: NAME}",
                                "doorman.yaml:10: pools.shop.users[0].pool_size: 0 is not valid: expected an integer"
                                        + " from 1 to 100000"));
    }

    private static ReadResult.Valid valid(String text, Format format) {
        var result = ConfigReader.parse(text, format, "doorman." + format);
        assertThat(result).isInstanceOf(ReadResult.Valid.class);
        return (ReadResult.Valid) result;
    }

    @Test
    void hostsAsTextWithCommasOrAsAListAreOne() {
        // given
        var text = "general: {admin_password: x}\npools: {shop: {server_host: %s}}\n";

        // when
        var one = ConfigReader.parse(text.formatted("'a, [::1]:5433'"), Format.YAML, "one.yaml");
        var two = ConfigReader.parse(text.formatted("[a, '[::1]:5433']"), Format.YAML, "two.yaml");
        var three = ConfigReader.parse(text.formatted("'a,b,a'"), Format.YAML, "three.yaml");

        // then
        assertThat(((ReadResult.Valid) one).hash()).isEqualTo(((ReadResult.Valid) two).hash());
        assertThat(((ReadResult.Invalid) three).faults().getFirst().toString()).contains("a host stands there twice");
    }
}
