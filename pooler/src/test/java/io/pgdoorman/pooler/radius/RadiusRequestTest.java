package io.pgdoorman.pooler.radius;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The example of RFC 2865 §7.1, and what options make of a rule.
class RadiusRequestTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final RadiusRule.Server SERVER = new RadiusRule.Server("h", 1812, "xyzzy5461", "nas");
    private static final byte[] AUTHENTICATOR = HEX.parseHex("0f403f9473978057bd83d5cb98f4227a");

    @Test
    void passwordIsHiddenAsInTheExample() {
        // when
        byte[] hidden = RadiusRequest.hidden(
                "arctangent".getBytes(US_ASCII), SERVER.secret().getBytes(US_ASCII), AUTHENTICATOR);

        // then
        assertThat(HEX.formatHex(hidden)).isEqualTo("0dbe708d93d413ce3196e43f782a0aee");
    }

    @Test
    void anAnswerSignedAsInTheExampleCountsUntilABitOfItChanges() {
        // given
        byte[] chosen = HEX.parseHex("00" + HEX.formatHex(AUTHENTICATOR));
        var request = RadiusRequest.of(SERVER, "nemo", "arctangent".getBytes(US_ASCII), chosen);
        byte[] accept = HEX.parseHex("0200002686fe220e7624ba2a1005f6bf9b55e0b20606000000010f06000000000e06c0a80103");

        // when then
        assertThat(request.isSigned(accept)).isTrue();
        assertThat(request.answer(accept, accept.length)).contains(new RadiusRequest.Answer(true, false));
        for (int bit = 0; bit < 8 * accept.length; bit++) {
            accept[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(request.answer(accept, accept.length)).isEmpty();
            accept[bit / 8] ^= (byte) (1 << bit % 8);
        }
    }

    @Test
    void anyBytesAreAnAnswerOrNone() {
        // given
        var request = RadiusRequest.of(SERVER, "u", new byte[0]);
        byte[] answer = HEX.parseHex("02" + "00" + "0014" + "00".repeat(16));
        for (int length = 0; length <= answer.length; length++) {
            for (int told = 0; told < 256; told++) {
                answer[1] = request.packet()[1];
                answer[3] = (byte) told;

                // when then
                assertThat(request.answer(answer, length)).isEmpty();
            }
        }
    }

    @Test
    void eachServerHasItsOwnOrWhatAllHave() throws RadiusRuleException {
        // when
        var rule = RadiusRule.of(Map.of(
                "radiusservers", " a , \"b,\"\"c\" ",
                "radiussecrets", "one",
                "radiusports", "1,2",
                "radiusidentifiers", ""));

        // then
        assertThat(rule.servers())
                .isEqualTo(List.of(
                        new RadiusRule.Server("a", 1, "one", "postgresql"),
                        new RadiusRule.Server("b,\"c", 2, "one", "postgresql")));
        assertThat(rule.toString()).doesNotContain("one");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "a|''|''|list of RADIUS secrets cannot be empty",
                "''|s|''|list of RADIUS servers cannot be empty",
                "a|s,t|''|the number of RADIUS secrets (2) must be 1 or the same as the number of RADIUS servers (1)",
                "a,b,c|s|1,2|the number of RADIUS ports (2) must be 1 or",
                "a|s|0|invalid RADIUS port number: \"0\"",
                "a|s|x|invalid RADIUS port number: \"x\"",
                "a,|s|''|could not parse radiusservers",
                "a b|s|''|could not parse radiusservers",
                "a|\"s|''|could not parse radiussecrets",
                "a|\"\"|''|the secret of RADIUS server \"a\" is empty",
            })
    void whatLeadsToNoServerIsSaid(String servers, String secrets, String ports, String said) {
        // when then
        assertThatThrownBy(() ->
                        RadiusRule.of(Map.of("radiusservers", servers, "radiussecrets", secrets, "radiusports", ports)))
                .isInstanceOf(RadiusRuleException.class)
                .hasMessageContaining(said);
        assertThatThrownBy(() -> RadiusRule.of(Map.of("radiusservers", servers)))
                .isInstanceOf(RadiusRuleException.class);
    }
}
