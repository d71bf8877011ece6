package io.pgdoorman.pooler.patroni;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.DefaultEventLoop;
import io.pgdoorman.pooler.net.Loop;
import io.pgdoorman.pooler.net.SocketSettings;
import io.pgdoorman.pooler.server.ConnectFailure;
import io.pgdoorman.pooler.server.Credentials;
import io.pgdoorman.pooler.server.ServerConnection;
import io.pgdoorman.pooler.server.ServerConnector;
import io.pgdoorman.pooler.server.ServerRole;
import io.pgdoorman.pooler.server.ServerSettings;
import io.pgdoorman.pooler.server.ServerTls;
import io.pgdoorman.pooler.server.WantedRole;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.SqlState;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FallbackTest {
    private static final Duration COOLDOWN = Duration.ofSeconds(30);
    private static final ConnectFailure NOBODY =
            new ConnectFailure(PgError.fatal(SqlState.CONNECTION_FAILURE, "connection refused"), true);
    private static final Member MEMBER =
            new Member("pg2", new ServerSettings.Address("10.0.0.2", 5432), Member.Role.REPLICA);
    private static final FallbackSettings ON = new FallbackSettings(
            new FallbackSettings.Apis(List.of(URI.create("http://127.0.0.1:8008")), null),
            new FallbackSettings.Times(Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofSeconds(60)),
            COOLDOWN,
            COOLDOWN);

    private final AtomicLong nanos = new AtomicLong();
    private final DefaultEventLoop executor = new DefaultEventLoop();
    private final Loop loop = new Loop(0, executor);
    private final List<ServerConnector.Callback> opened = new ArrayList<>();
    private final Fallbacks fallbacks =
            new Fallbacks((_, _, callback) -> opened.add(callback), nanos::get, Runnable::run);
    private final Fallback fallback = fallbacks.of("shop");

    @BeforeEach
    void switchesOn() {
        fallbacks.apply(Map.of("shop", ON));
    }

    @AfterEach
    void stops() {
        var _ = executor.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }

    private static ServerSettings home(WantedRole wanted, int port) {
        return new ServerSettings(
                new ServerSettings.Hosts(List.of(new ServerSettings.Address("127.0.0.1", port)), wanted, false),
                ServerTls.NONE,
                new ServerSettings.Login("shop", "app", new Credentials.None()),
                Map.of(),
                1000,
                10,
                new SocketSettings(true, 5, 5, 5, 60, 0, 0));
    }

    private void leaves(WantedRole wanted) {
        fallback.leave(home(wanted, 5432), loop, NOBODY);
    }

    private void finds(Member member) {
        assertThat(fallback.seeks(_ -> {})).isTrue();
        fallback.found(new Fallback.Found.At(member), nanos.get());
    }

    @Test
    void keepsTheMemberThatWasFoundForTheCooldown() {
        // given
        leaves(WantedRole.ANY);
        finds(MEMBER);

        // when
        nanos.addAndGet(COOLDOWN.toNanos() - 1);
        var before = fallback.chosen(nanos.get());
        nanos.incrementAndGet();

        // then
        assertThat(before).isEqualTo(MEMBER);
        assertThat(fallback.chosen(nanos.get())).isNull();
        assertThat(fallback.stats().snapshot().active()).isTrue();
        assertThat(fallback.stats().snapshot().place()).hasToString("Place[host=10.0.0.2, port=5432]");
    }

    @Test
    void oneLooksAndTheOthersAreTold() {
        // given
        leaves(WantedRole.ANY);
        List<Fallback.Found> told = new ArrayList<>();

        // when
        boolean first = fallback.seeks(told::add);
        boolean second = fallback.seeks(told::add);
        boolean third = fallback.seeks(told::add);
        fallback.found(new Fallback.Found.At(MEMBER), nanos.get());

        // then
        assertThat(List.of(first, second, third)).containsExactly(true, false, false);
        assertThat(told).containsExactly(new Fallback.Found.At(MEMBER), new Fallback.Found.At(MEMBER));
        assertThat(fallback.seeks(told::add)).isTrue();
    }

    /// What was served by a primary needs one; otherwise the pool's own wish holds.
    @ParameterizedTest
    @CsvSource({
        "ANY, false, PRIMARY",
        "ANY, true, ANY",
        "READ_WRITE, false, READ_WRITE",
        "STANDBY, true, STANDBY",
        "PREFER_STANDBY, false, PREFER_STANDBY"
    })
    void wantsWhatHomeWas(WantedRole configured, boolean standby, WantedRole wanted) {
        // given
        fallback.homeServes(new ServerRole(standby, false));

        // when
        leaves(configured);

        // then
        assertThat(fallback.wanted(configured)).isEqualTo(wanted);
    }

    @Test
    void aMemberThatFailsRestsTwiceAsLongEachTimeUpToAMinute() {
        // given
        leaves(WantedRole.ANY);
        var rests = new ArrayList<Long>();

        // when
        for (int i = 0; i < 7; i++) {
            fallback.failed(MEMBER, nanos.get());
            long seconds = 0;
            while (fallback.isResting(MEMBER, nanos.get())) {
                nanos.addAndGet(1_000_000_000L);
                seconds++;
            }
            rests.add(seconds);
        }

        // then
        assertThat(rests).containsExactly(5L, 10L, 20L, 40L, 60L, 60L, 60L);
    }

    @Test
    void restsOfMembersThatAreGoneAreForgotten() {
        // given
        leaves(WantedRole.ANY);
        fallback.failed(MEMBER, nanos.get());

        // when
        fallback.known(new Cluster(List.of(), List.of()));

        // then
        assertThat(fallback.isResting(MEMBER, nanos.get())).isFalse();
    }

    @Test
    void otherHostsOfTheConfigurationAreTriedAtOnce() {
        // given
        leaves(WantedRole.ANY);

        // then
        assertThat(fallback.isAway(home(WantedRole.ANY, 5432).hosts())).isTrue();
        assertThat(fallback.isAway(home(WantedRole.ANY, 5433).hosts())).isFalse();
    }

    @Test
    void withoutUrlsItIsHome() {
        // given
        leaves(WantedRole.ANY);
        finds(MEMBER);

        // when
        fallbacks.apply(Map.of("shop", FallbackSettings.OFF));

        // then
        assertThat(fallback.isAway(home(WantedRole.ANY, 5432).hosts())).isFalse();
        assertThat(fallback.stats().snapshot().active()).isFalse();
        assertThat(fallbacks.snapshots()).isEmpty();
        leaves(WantedRole.ANY);
        assertThat(fallback.isAway(home(WantedRole.ANY, 5432).hosts())).isFalse();
    }

    @Test
    void withoutUrlsServersAreOpenedAtHomeAndNothingElseHappens() {
        // given
        fallbacks.apply(Map.of("shop", FallbackSettings.OFF));
        List<ConnectFailure> failures = new ArrayList<>();

        // when
        fallback.connect(home(WantedRole.ANY, 5432), loop, new ServerConnector.Callback() {
            @Override
            public void connected(ServerConnection server) {
                throw new AssertionError();
            }

            @Override
            public void failed(ConnectFailure failure) {
                failures.add(failure);
            }
        });
        opened.getFirst().failed(NOBODY);

        // then
        assertThat(failures).containsExactly(NOBODY);
        assertThat(fallback.isAway(home(WantedRole.ANY, 5432).hosts())).isFalse();
    }
}
