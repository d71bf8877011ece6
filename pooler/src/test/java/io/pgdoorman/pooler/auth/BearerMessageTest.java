package io.pgdoorman.pooler.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BearerMessageTest {
    private static byte[] bytes(String text) {
        return text.replace('|', '\u0001').getBytes(StandardCharsets.ISO_8859_1);
    }

    @Test
    void readsTheTokenWhateverStandsBesideIt() throws AuthException {
        // when then
        assertThat(BearerMessage.token(bytes("n,,|auth=Bearer a.b-c_d~e+f/g==||")))
                .contains("a.b-c_d~e+f/g==");
        assertThat(BearerMessage.token(bytes("y,,|host=db|auth=bearer   x|port=1||")))
                .contains("x");
    }

    @Test
    void emptyValueAsksWhoIssuesTokens() throws AuthException {
        // when then
        assertThat(BearerMessage.token(bytes("n,,|auth=||"))).isEqualTo(Optional.empty());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "n",
                "n,",
                "n,,",
                "n,,|",
                "n,,||",
                "n,,|auth=Bearer x|",
                "n,,|auth=Bearer x",
                "n,,auth=Bearer x||",
                "p=tls-exporter,,|auth=Bearer x||",
                "x,,|auth=Bearer x||",
                "n,,|host=db||",
                "n,,|auth||",
                "n,,|=x||",
                "n,,|auth=Bearer x|auth=Bearer y||",
                "n,,|auth=Basic x||",
                "n,,|auth=Bearer||",
                "n,,|auth=Bearer ||",
                "n,,|auth=Bearer x y||",
                "n,,|auth=Bearer x||more",
                "n,,|auth=Bearer x||\0",
                "n,,|auth=Bearer =x||",
                "n,,|auth=Bearer x|||",
                "n,,||auth=Bearer x||"
            })
    void malformedMessagesBreakTheProtocol(String text) {
        // when then
        assertThatThrownBy(() -> BearerMessage.token(bytes(text)))
                .isInstanceOfSatisfying(
                        AuthException.class,
                        broken -> assertThat(broken.sqlState()).isEqualTo("08P01"))
                .hasMessage("malformed OAUTHBEARER message");
    }

    @Test
    void anotherIdentityIsNotSupported() {
        // when then
        assertThatThrownBy(() -> BearerMessage.token(bytes("n,a=app,|auth=Bearer x||")))
                .isInstanceOfSatisfying(
                        AuthException.class,
                        refused -> assertThat(refused.sqlState()).isEqualTo("0A000"));
    }

    @Test
    void onlyTheSeparatorAcknowledges() throws AuthException {
        // when then
        BearerMessage.acknowledged(bytes("|"));
        for (var text : new String[] {"", "||", "x"}) {
            assertThatThrownBy(() -> BearerMessage.acknowledged(bytes(text))).isInstanceOf(AuthException.class);
        }
    }
}
