package io.pgdoorman.pooler.auth;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoginMessagesTest {
    @Test
    void passwordEndsAtItsTerminator() throws AuthException {
        // when
        byte[] password = LoginMessages.password(bytes("secret\0"));

        // then
        assertThat(password).isEqualTo(bytes("secret"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\0", "secret", "sec\0ret\0", "secret\0\0"})
    void passwordWithoutOneTerminatorAtItsEndIsRefused(String body) {
        // when then
        assertThatThrownBy(() -> LoginMessages.password(bytes(body))).isInstanceOf(AuthException.class);
    }

    @Test
    void saslInitialResponseHasMechanismAndData() throws AuthException {
        // when
        var initial = LoginMessages.saslInitial(bytes("SCRAM-SHA-256\0\0\0\0\3n,,"));

        // then
        assertThat(initial.mechanism()).isEqualTo("SCRAM-SHA-256");
        assertThat(initial.data()).isEqualTo(bytes("n,,"));
    }

    @Test
    void saslInitialResponseMayHaveNoData() throws AuthException {
        // when
        var initial = LoginMessages.saslInitial(bytes("SCRAM-SHA-256\0\u00ff\u00ff\u00ff\u00ff"));

        // then
        assertThat(initial.data()).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "SCRAM",
                "SCRAM\0",
                "SCRAM\0\0\0\0",
                "SCRAM\0\0\0\0\4abc",
                "SCRAM\0\0\0\0\2abc",
                "SCRAM\0\u007f\u00ff\u00ff\u00ffabc",
                "SCRAM\0\u0080\0\0\0",
                "SCRAM\0\u00ff\u00ff\u00ff\u00ffabc",
                "MMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMM\0\0\0\0\0"
            })
    void saslInitialResponseWithWrongLengthsIsRefused(String body) {
        // when then
        assertThatThrownBy(() -> LoginMessages.saslInitial(bytes(body))).isInstanceOf(AuthException.class);
    }

    @Test
    void noBytesRaiseAnythingButAuthException() {
        // given
        var random = new Random(3);
        int read = 0;

        // when
        for (int i = 0; i < 50_000; i++) {
            try {
                byte[] hostile = ScramTest.mutated(bytes("SCRAM-SHA-256\0\0\0\0\3n,,"), random);
                LoginMessages.saslInitial(hostile);
                read++;
                LoginMessages.password(hostile);
            } catch (AuthException e) {
                assertThat(e.sqlState()).hasSize(5);
            }
        }

        // then
        assertThat(read).isPositive();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(ISO_8859_1);
    }
}
