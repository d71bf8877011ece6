package io.pgdoorman.pooler.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PostgresTlsTest {
    private static final PostgresTls.Settings NO_FILES =
            new PostgresTls.Settings(PostgresTls.Proof.NOTHING, null, null, null, null);

    private int asked;
    private final List<@Nullable TlsException> told = new ArrayList<>();
    private final PostgresTls.Means means = new PostgresTls.Means(this::jdk, Runnable::run);

    private Provider jdk() {
        asked++;
        return Provider.JDK;
    }

    @Test
    void withoutFilesNoLibraryIsLookedForBeforePostgresqlOffersTls() throws TlsException {
        // given
        var tls = PostgresTls.of(NO_FILES, means);
        int before = asked;

        // when
        tls.whenReady(Runnable::run, told::add);
        tls.whenReady(Runnable::run, told::add);

        // then
        assertThat(before).isZero();
        assertThat(asked).isOne();
        assertThat(told).containsExactly(null, null);
        assertThat(tls.handler(UnpooledByteBufAllocator.DEFAULT, "db", 5432)).isNotNull();
    }

    @Test
    void filesAreReadAtOnce() {
        // given
        var settings = new PostgresTls.Settings(PostgresTls.Proof.CHAIN, Path.of("/nowhere/ca.pem"), null, null, null);

        // then
        assertThatThrownBy(() -> PostgresTls.of(settings, means))
                .isInstanceOf(TlsException.class)
                .hasMessageContaining("/nowhere/ca.pem");
    }

    @Test
    void noHandshakeBeginsBeforeAllIsReady() throws TlsException {
        // given
        var tls = PostgresTls.of(NO_FILES, means);

        // then
        assertThatThrownBy(() -> tls.handler(UnpooledByteBufAllocator.DEFAULT, "db", 5432))
                .isInstanceOf(IllegalStateException.class);
    }
}
