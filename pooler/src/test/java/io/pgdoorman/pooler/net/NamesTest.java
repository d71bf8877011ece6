package io.pgdoorman.pooler.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.DefaultEventLoop;
import io.pgdoorman.pooler.net.Names.Answer;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NamesTest {
    private final DefaultEventLoop home = new DefaultEventLoop();
    private final AtomicLong now = new AtomicLong();
    private final AtomicInteger looks = new AtomicInteger();
    private final Map<String, NameSource.Found> known = new ConcurrentHashMap<>();
    private final List<String> vanished = new ArrayList<>();
    private final Names names = new Names(home, this::look, now::get);

    NamesTest() {
        names.onVanished((host, gone) -> vanished.add(host + gone));
        names.apply(
                new NameSettings(Duration.ofSeconds(15), Duration.ofSeconds(1), Duration.ofMinutes(5), List.of()),
                Set.of("db"));
    }

    @AfterEach
    void stops() {
        var _ = home.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    private NameSource.Found look(String host) throws UnknownHostException {
        looks.incrementAndGet();
        var found = known.get(host);
        if (found == null) {
            throw new UnknownHostException("no such name");
        }
        return found;
    }

    private void tells(int seconds, String address) throws UnknownHostException {
        known.put("db", new NameSource.Found(List.of(InetAddress.getByName(address)), Duration.ofSeconds(seconds)));
    }

    private Answer resolve() {
        var answer = new CompletableFuture<Answer>();
        names.resolve("db", answer::complete);
        try {
            return answer.get(10, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    private void after(Duration time) {
        now.addAndGet(time.toNanos());
    }

    private static Answer found(String address) throws UnknownHostException {
        return new Answer.Found(List.of(InetAddress.getByName(address)));
    }

    @Test
    void believesAnAnswerAsLongAsItsTtlSays() throws UnknownHostException {
        // given
        tells(5, "10.0.0.1");
        assertThat(resolve()).isEqualTo(found("10.0.0.1"));
        tells(5, "10.0.0.2");

        // then
        after(Duration.ofMillis(4999));
        assertThat(resolve()).isEqualTo(found("10.0.0.1"));
        after(Duration.ofMillis(1));
        assertThat(resolve()).isEqualTo(found("10.0.0.2"));
        assertThat(looks).hasValue(2);
    }

    @Test
    void noTtlIsLongerThanTheSettingNorShorterThanASecond() throws UnknownHostException {
        // given
        tells(100_000, "10.0.0.1");
        assertThat(resolve()).isEqualTo(found("10.0.0.1"));

        // then
        tells(0, "10.0.0.2");
        after(Duration.ofSeconds(15));
        assertThat(resolve()).isEqualTo(found("10.0.0.2"));
        tells(0, "10.0.0.3");
        after(Duration.ofMillis(999));
        assertThat(resolve()).isEqualTo(found("10.0.0.2"));
        after(Duration.ofMillis(1));
        assertThat(resolve()).isEqualTo(found("10.0.0.3"));
    }

    @Test
    void withoutAnAnswerTheLastAddressesHoldForTheirTimeAndNoLonger() throws UnknownHostException {
        // given
        tells(5, "10.0.0.1");
        assertThat(resolve()).isEqualTo(found("10.0.0.1"));
        known.clear();

        // then
        after(Duration.ofSeconds(5));
        assertThat(resolve()).isEqualTo(found("10.0.0.1"));
        after(Duration.ofMinutes(5).minusMillis(1));
        assertThat(resolve()).isEqualTo(found("10.0.0.1"));
        after(Duration.ofMillis(1));
        assertThat(resolve()).isInstanceOf(Answer.Unknown.class);
        assertThat(vanished).isEmpty();
    }

    @Test
    void aNameThatLedNowhereIsAskedForAgainAfterAWhile() throws UnknownHostException {
        // given
        assertThat(resolve()).isEqualTo(new Answer.Unknown("cannot resolve host name \"db\": no such name"));
        tells(5, "10.0.0.1");

        // then
        after(Duration.ofMillis(999));
        assertThat(resolve()).isInstanceOf(Answer.Unknown.class);
        after(Duration.ofMillis(1));
        assertThat(resolve()).isEqualTo(found("10.0.0.1"));
        assertThat(looks).hasValue(2);
    }

    @Test
    void namesInUseAreAskedForThoughNobodyConnects() throws Exception {
        // given
        tells(5, "10.0.0.1");
        assertThat(resolve()).isEqualTo(found("10.0.0.1"));
        tells(5, "10.0.0.2");
        after(Duration.ofSeconds(6));
        var told = new CompletableFuture<String>();
        names.onVanished((host, gone) -> told.complete(host + gone));

        // when
        home.submit(names::tick).get(10, TimeUnit.SECONDS);

        // then
        assertThat(told.get(10, TimeUnit.SECONDS)).isEqualTo("db[/10.0.0.1]");
    }
}
