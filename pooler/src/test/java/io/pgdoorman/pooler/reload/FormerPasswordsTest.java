package io.pgdoorman.pooler.reload;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.net.SocketSettings;
import io.pgdoorman.pooler.server.Credentials;
import io.pgdoorman.pooler.server.ServerSettings;
import io.pgdoorman.pooler.server.ServerTls;
import io.pgdoorman.pooler.server.WantedRole;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class FormerPasswordsTest {
    private static final long NOW = -5;

    private static ServerSettings by(String host, Credentials credentials) {
        return new ServerSettings(
                new ServerSettings.Hosts(List.of(new ServerSettings.Address(host, 5432)), WantedRole.ANY, false),
                ServerTls.NONE,
                new ServerSettings.Login("shop", "app", credentials),
                Map.of(),
                1000,
                0,
                SocketSettings.DEFAULT);
    }

    private static ServerSettings by(String password) {
        return by("db", Credentials.Password.of(password));
    }

    private static ServerSettings.Former former(ServerSettings settings) {
        return Objects.requireNonNull(settings.login().former());
    }

    @Test
    void whatWasInUseIsTriedForTenMinutes() {
        // given
        var before = by("one");

        // when
        var now = FormerPasswords.beside(by("two"), before, "", NOW);

        // then
        assertThat(former(now).credentials()).isSameAs(before.login().credentials());
        assertThat(former(now).untilNanos() - NOW)
                .isEqualTo(Duration.ofMinutes(10).toNanos());
    }

    @Test
    void aReloadInBetweenMakesItNoLonger() {
        // given
        var now = FormerPasswords.beside(by("two"), by("one"), "", NOW);

        // when
        var later = FormerPasswords.beside(by("db", now.login().credentials()), now, "", NOW + 100);

        // then
        assertThat(later.login().former()).isEqualTo(now.login().former());
    }

    @Test
    void whatStandsInTheConfigurationIsTriedAsLongAsItDoes() {
        // when
        var now = FormerPasswords.beside(by("two"), null, "one", NOW);

        // then
        assertThat(former(now).credentials())
                .isInstanceOfSatisfying(
                        Credentials.Password.class,
                        known -> assertThat(known.password()).isEqualTo("one"));
        assertThat(former(now).untilNanos() - NOW)
                .isGreaterThan(Duration.ofDays(9_999).toNanos());
    }

    @Test
    void aVerifierProvesNothingToPostgres() {
        // when
        var now = FormerPasswords.beside(by("two"), null, "md5" + "0".repeat(32), NOW);

        // then
        assertThat(now.login().former()).isNull();
    }

    @Test
    void anotherHostIsNotTold() {
        // when
        var now = FormerPasswords.beside(by("two"), by("elsewhere", Credentials.Password.of("one")), "", NOW);

        // then
        assertThat(now.login().former()).isNull();
    }

    @Test
    void whereNothingWasThereIsNothingToTry() {
        // when
        var now = FormerPasswords.beside(by("two"), by("db", new Credentials.None()), "", NOW);

        // then
        assertThat(now.login().former()).isNull();
    }
}
