package io.pgdoorman.pooler.client;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckQueryTest {
    private static final byte[] EMPTY_ANSWER = "I\0\0\0\4Z\0\0\0\5I".getBytes(ISO_8859_1);

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, ISO_8859_1);
    }

    @Test
    void isThisTextAndNoOther() {
        // given
        var check = new CheckQuery("select 1");

        // when then
        assertThat(check.is(bytes("..select 1"), 2, 8)).isTrue();
        assertThat(check.is(bytes("select 2"), 0, 8)).isFalse();
        assertThat(check.is(bytes("select 1;"), 0, 9)).isFalse();
        assertThat(check.is(bytes(""), 0, 0)).isFalse();
        assertThat(new CheckQuery(";").is(bytes(""), 0, 0)).isTrue();
    }

    @Test
    void remembersAPlainAnswer() {
        // given
        var check = new CheckQuery(";");

        // when
        check.remember(EMPTY_ANSWER);

        // then
        assertThat(check.answer()).isEqualTo(EMPTY_ANSWER);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "I\0\0\0\4",
                "I\0\0\0\4Z\0\0\0\5T",
                "I\0\0\0\4Z\0\0\0\5IZ\0\0\0\5I",
                "E\0\0\0\5\0Z\0\0\0\5I",
                "S\0\0\0\6a\0Z\0\0\0\5I",
                "N\0\0\0\5\0Z\0\0\0\5I",
                "A\0\0\0\5\0Z\0\0\0\5I",
                "D\0\0\0\u00ff\0Z\0\0\0\5I",
                "D\0\0\0\3Z\0\0\0\5I"
            })
    void remembersNothingElse(String heard) {
        // given
        var check = new CheckQuery(";");

        // when
        check.remember(heard.getBytes(ISO_8859_1));

        // then
        assertThat(check.answer()).isNull();
    }

    @Test
    void answerIsForgottenWithItsTextAndWithItsServer() {
        // given
        var shortcuts = Shortcuts.NONE.with(true, "select 1");
        shortcuts.check().remember(EMPTY_ANSWER);

        // when then
        assertThat(shortcuts.with(false, "select 1").check().answer()).isEqualTo(EMPTY_ANSWER);
        assertThat(shortcuts.with(true, "select 2").check().answer()).isNull();
        assertThat(shortcuts.forgotten().check().answer()).isNull();
        assertThat(shortcuts.forgotten().check().text()).isEqualTo("select 1");
    }
}
