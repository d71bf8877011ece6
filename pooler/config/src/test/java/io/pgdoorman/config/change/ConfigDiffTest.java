package io.pgdoorman.config.change;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.config.ChangeClass;
import io.pgdoorman.config.PoolerConfig;
import io.pgdoorman.config.read.ConfigReader;
import io.pgdoorman.config.read.Format;
import io.pgdoorman.config.read.ReadResult;
import org.junit.jupiter.api.Test;

class ConfigDiffTest {

    private static final String OLD = """
        general: {admin_password: old-admin, port: 6432, idle_timeout: 5m}
        pools:
          shop:
            users:
              - {username: app, password: old, pool_size: 40}
              - {username: gone, password: "", pool_size: 1}
          closed: {idle_timeout: 1m}
        """;

    @Test
    void namesPoolsUsersAndSettingsOnceWithClassAndWithoutSecrets() {
        // given
        var now = """
            general: {admin_password: old-admin, port: 6433, idle_timeout: 300s, server_lifetime: 1h}
            pools:
              opened: {}
              shop:
                pool_mode: session
                users:
                  - {username: new, password: "", pool_size: 1}
                  - {username: app, password: {env: APP}, pool_size: 41}
            """;

        // when
        var diff = ConfigDiff.between(config(OLD), config(now));

        // then
        assertThat(diff.changes())
                .containsExactlyInAnyOrder(
                        new ConfigChange.SettingChanged("general.port", "6432", "6433", ChangeClass.BOOT),
                        new ConfigChange.SettingChanged("general.server_lifetime", "20m", "1h", ChangeClass.HOT),
                        new ConfigChange.PoolAdded("opened"),
                        new ConfigChange.PoolRemoved("closed"),
                        new ConfigChange.SettingChanged(
                                "pools.shop.pool_mode", "transaction", "session", ChangeClass.HOT),
                        new ConfigChange.UserAdded("shop", "new"),
                        new ConfigChange.UserRemoved("shop", "gone"),
                        new ConfigChange.SettingChanged(
                                "pools.shop.users[app].password", "(secret)", "{env: APP}", ChangeClass.HOT),
                        new ConfigChange.SettingChanged(
                                "pools.shop.users[app].pool_size", "40", "41", ChangeClass.HOT));
        assertThat(diff.bootChanges()).extracting(ConfigChange::path).containsExactly("general.port");
        assertThat(diff.changedPools()).containsExactly("shop");
    }

    @Test
    void findsNothingBetweenTwoSpellings() {
        // given
        var now = """
            pools:
              closed: {idle_timeout: 60000, server_host: 127.0.0.1}
              shop:
                users:
                  - {username: gone, password: "", pool_size: 1}
                  - {username: app, password: old, pool_size: 40, min_pool_size: 0}
            general: {admin_password: old-admin, port: 6432, idle_timeout: 300s}
            """;

        // when
        var diff = ConfigDiff.between(config(OLD), config(now));

        // then
        assertThat(diff.isEmpty()).isTrue();
        assertThat(diff.changedPools()).isEmpty();
    }

    @Test
    void countsPoolsThatInheritAChangedValueAsChanged() {
        // given
        var now = OLD.replace("idle_timeout: 5m", "idle_timeout: 6m");

        // when
        var diff = ConfigDiff.between(config(OLD), config(now));

        // then
        assertThat(diff.changes()).extracting(ConfigChange::path).containsExactly("general.idle_timeout");
        assertThat(diff.changedPools()).containsExactly("shop");
    }

    private static PoolerConfig config(String text) {
        var result = ConfigReader.parse(text, Format.YAML, "doorman.yaml");
        assertThat(result).as(result.toString()).isInstanceOf(ReadResult.Valid.class);
        return ((ReadResult.Valid) result).config();
    }
}
