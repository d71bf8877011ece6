package io.pgdoorman.pooler.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HbaRulesTest {
    @Test
    void firstFittingRuleDecides() {
        // given
        var rules = rules("""
            # a comment
            host    all   mallory   all                  reject

            hostssl shop  alice,bob 10.0.0.0/8           scram-sha-256   # trailing
            host    shop  all       10.1.0.0 255.255.0.0 md5
            local   all   all                            trust
            """);

        // when then
        assertThat(decide(rules, "10.1.2.3", true, "shop", "mallory")).isEqualTo(HbaMethod.REJECT);
        assertThat(decide(rules, "10.1.2.3", true, "shop", "bob")).isEqualTo(HbaMethod.SCRAM_SHA_256);
        assertThat(decide(rules, "10.1.2.3", false, "shop", "bob")).isEqualTo(HbaMethod.MD5);
        assertThat(decide(rules, "10.2.2.3", false, "shop", "bob")).isEqualTo(HbaMethod.NO_MATCH);
        assertThat(decide(rules, "10.1.2.3", true, "other", "bob")).isEqualTo(HbaMethod.NO_MATCH);
        assertThat(decide(rules, null, false, "other", "bob")).isEqualTo(HbaMethod.TRUST);
    }

    @Test
    void hostnosslFitsOnlyPlainConnections() {
        // given
        var rules = rules("hostnossl all all all reject\nhostssl all all all md5");

        // when then
        assertThat(decide(rules, "1.2.3.4", false, "d", "u")).isEqualTo(HbaMethod.REJECT);
        assertThat(decide(rules, "1.2.3.4", true, "d", "u")).isEqualTo(HbaMethod.MD5);
        assertThat(decide(rules, null, false, "d", "u")).isEqualTo(HbaMethod.NO_MATCH);
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.255.0.1, true",
        "10.0.0.0/8, 11.0.0.1, false",
        "10.0.0.7/8, 10.1.1.1, true",
        "0.0.0.0/0, 200.1.1.1, true",
        "0.0.0.0/0, ::1, false",
        "::/0, ::1, true",
        "::/0, 1.2.3.4, false",
        "127.0.0.1/32, 127.0.0.1, true",
        "127.0.0.1/32, 127.0.0.2, false",
        "127.0.0.1/32, ::ffff:127.0.0.1, true",
        "::ffff:10.0.0.0/104, 10.9.9.9, true",
        "::ffff:10.0.0.0/104, 11.9.9.9, false",
        "fd00::/9, fd7f::1, true",
        "fd00::/9, fd80::1, false",
        "'10.0.0.1 255.0.255.255', 10.77.0.1, true",
        "'fd00::1 ffff::ffff', fd00:5::1, true",
        "all, ::5, true",
    })
    void addressesMatchUnderTheirMask(String network, String address, boolean fits) {
        // given
        var rules = rules("host all all " + network + " trust");

        // when
        var method = decide(rules, address, false, "d", "u");

        // then
        assertThat(method).isEqualTo(fits ? HbaMethod.TRUST : HbaMethod.NO_MATCH);
    }

    @Test
    void mappedAddressBytesCountAsIpv4() throws UnknownHostException {
        // given
        byte[] mapped = new byte[16];
        mapped[10] = -1;
        mapped[11] = -1;
        mapped[12] = 10;
        var rules = rules("host all all 10.0.0.0/8 trust");
        var address = Inet6Address.getByAddress(null, mapped, -1);

        // when
        var method = rules.decide(new HbaRequest(false, false, address, "d", "u"));

        // then
        assertThat(method).isEqualTo(HbaMethod.TRUST);
    }

    @Test
    void quotedWordsAreNames() {
        // given
        var rules = rules("""
            host "all" "a,b ""c#",d all trust
            host sameuser all all md5
            host replication all all reject
            """);

        // when then
        assertThat(decide(rules, "1.1.1.1", false, "all", "a,b \"c#")).isEqualTo(HbaMethod.TRUST);
        assertThat(decide(rules, "1.1.1.1", false, "all", "d")).isEqualTo(HbaMethod.TRUST);
        assertThat(decide(rules, "1.1.1.1", false, "x", "d")).isEqualTo(HbaMethod.NO_MATCH);
        assertThat(decide(rules, "1.1.1.1", false, "d", "d")).isEqualTo(HbaMethod.MD5);
        assertThat(decide(rules, "1.1.1.1", false, "replication", "d")).isEqualTo(HbaMethod.NO_MATCH);
    }

    @Test
    void listMayContinueAfterBlanksAndLineMayContinueAfterBackslash() {
        // given
        var rules = rules("host shop,  crm \\\n  all all \\\r\n trust\r\n");

        // when then
        assertThat(decide(rules, "1.1.1.1", false, "crm", "u")).isEqualTo(HbaMethod.TRUST);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "hots all all all md5|invalid connection type \"hots\"",
                "hostgssenc all all all md5|\"hostgssenc\" is not supported yet",
                "include other.conf|\"include\" is not supported yet",
                "host,local all all all md5|multiple values specified for connection type",
                "host|end-of-line before database specification",
                "host all|end-of-line before user specification",
                "host all all|end-of-line before address specification",
                "host all all all|end-of-line before authentication method specification",
                "local all all|end-of-line before authentication method specification",
                "host all all 10.0.0.1 md5|invalid IP mask \"md5\"",
                "host all all 10.0.0.1|end-of-line before netmask specification",
                "host all all 10.0.0.1 ffff::|IP address and mask do not match",
                "host all all 10.0.0.0/33 md5|invalid CIDR mask in address \"10.0.0.0/33\": expected 0 to 32",
                "host all all ::/129 md5|expected 0 to 128",
                "host all all ::ffff:10.0.0.0/90 md5|expected 96 to 128",
                "host all all 10.0.0.0/ md5|invalid CIDR mask",
                "host all all 10.0.0.0/-1 md5|invalid CIDR mask",
                "host all all 10.0.0.256/8 md5|invalid IP address",
                "host all all 10.0/8 md5|invalid IP address",
                "host all all db.example.com md5|host names are not supported yet",
                "host all all .example.com md5|host names are not supported yet",
                "host all all samenet md5|invalid IP address \"samenet\"",
                "host all all fe80::1%eth0/64 md5|invalid IP address",
                "host all all all MD5|invalid authentication method \"MD5\"",
                "host all all all scram|invalid authentication method \"scram\"",
                "local all all peer|authentication method \"peer\" is not supported yet",
                "hostssl all all all cert clientcert=verify-full|\"cert\" is not supported yet",
                "hostssl all all all md5 clientcert=verify-ca|options are not supported yet: \"clientcert=verify-ca\"",
                "host all +staff all md5|user \"+staff\"",
                "host all /^a all md5|user \"/^a\"",
                "host @dbs all all md5|database \"@dbs\"",
                "host samerole all all md5|database \"samerole\"",
                "host \"all all all md5|a double quote is not closed",
                "host a,|a list ends with a comma",
                "host ,a all all md5|a word is missing before \",\"",
            })
    void unreadableLineIsRefusedWithItsNumber(String line, String reason) {
        // given
        String text = "# first\nhost all all all md5\n" + line + "\nlocal all all trust";

        // when
        var result = HbaRules.parse(text);

        // then
        assertThat(result)
                .isInstanceOfSatisfying(
                        HbaResult.Unreadable.class,
                        unreadable -> assertThat(unreadable.faults())
                                .singleElement()
                                .satisfies(fault -> assertThat(fault.line()).isEqualTo(3))
                                .satisfies(fault -> assertThat(fault.message()).contains(reason)));
    }

    @Test
    void allFaultsAreToldAtOnce() {
        // when
        var result = HbaRules.parse("nonsense\nhost all all all md5\nhost all all x y\n");

        // then
        assertThat(result)
                .isInstanceOfSatisfying(
                        HbaResult.Unreadable.class,
                        unreadable -> assertThat(unreadable.faults())
                                .extracting(HbaFault::line)
                                .containsExactly(1, 3));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n\n", "# only a comment"})
    void rulesThatLetNobodyInAreRefused(String text) {
        // when
        var result = HbaRules.parse(text);

        // then
        assertThat(result).isInstanceOf(HbaResult.Unreadable.class);
    }

    @Test
    void withoutRulesAnyoneMayTryThePassword() {
        // when then
        assertThat(decide(HbaRules.allowAll(), "1.1.1.1", false, "d", "u")).isEqualTo(HbaMethod.MD5);
        assertThat(decide(HbaRules.allowAll(), null, false, "d", "u")).isEqualTo(HbaMethod.MD5);
    }

    @Test
    void olderListOfNetworksLetsThemIn() {
        // given
        var rules = ((HbaResult.Parsed) HbaRules.ofNetworks(List.of("10.0.0.0/8", "::1/128"))).rules();

        // when then
        assertThat(decide(rules, "10.1.1.1", false, "d", "u")).isEqualTo(HbaMethod.MD5);
        assertThat(decide(rules, "::1", false, "d", "u")).isEqualTo(HbaMethod.MD5);
        assertThat(decide(rules, null, false, "d", "u")).isEqualTo(HbaMethod.MD5);
        assertThat(decide(rules, "11.1.1.1", false, "d", "u")).isEqualTo(HbaMethod.NO_MATCH);
        assertThat(HbaRules.ofNetworks(List.of("10.0.0.0/8", "10.0.0.1", "x/3")))
                .isInstanceOfSatisfying(
                        HbaResult.Unreadable.class,
                        unreadable -> assertThat(unreadable.faults())
                                .extracting(HbaFault::line)
                                .containsExactly(2, 3));
    }

    @Test
    void anyTextIsReadOrRefused() {
        // given
        var random = new Random(98);
        byte[] seed = "host shop,\"x\" all 10.0.0.0/8 md5\nlocal all all trust\nhost a b ::1 ::2 reject"
                .getBytes(StandardCharsets.US_ASCII);

        // when then
        for (int i = 0; i < 50_000; i++) {
            String text = new String(ScramTest.mutated(seed, random), StandardCharsets.ISO_8859_1);
            switch (HbaRules.parse(text)) {
                case HbaResult.Parsed parsed ->
                    assertThat(decide(parsed.rules(), "10.0.0.1", false, "shop", "u"))
                            .isNotNull();
                case HbaResult.Unreadable unreadable ->
                    assertThat(unreadable.faults()).isNotEmpty();
            }
        }
    }

    private static HbaRules rules(String text) {
        return switch (HbaRules.parse(text)) {
            case HbaResult.Parsed parsed -> parsed.rules();
            case HbaResult.Unreadable unreadable -> throw new AssertionError(unreadable.faults());
        };
    }

    private static HbaMethod decide(
            HbaRules rules, @Nullable String address, boolean tls, String database, String user) {
        InetAddress from = address == null ? null : InetAddress.ofLiteral(address);
        return rules.decide(new HbaRequest(from == null, tls, from, database, user));
    }
}
