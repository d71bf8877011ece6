package io.pgdoorman.pooler.auth;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VerifierTest {
    private static final String STORED = "SCRAM-SHA-256$4096:k2MuRG7f/ttMhd9KrwCCGg=="
            + "$1rTVFKat5tFlv5vn26YTB3SmXMr8SnhHVQDhDk/hvcI=:iDMd2kNlsoKnPMVePwmhXwE3+IXebzpRg/o6LBLj5Vw=";

    /// Each made by PostgreSQL from the password in the first column, code points in angle brackets.
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        pencil|k2MuRG7f/ttMhd9KrwCCGg==$1rTVFKat5tFlv5vn26YTB3SmXMr8SnhHVQDhDk/hvcI=:iDMd2kNlsoKnPMVePwmhXwE3+IXebzpRg/o6LBLj5Vw=
        I<00AD>X|q0bARPxhfZyNGqTyfJmtXA==$utHMCEJcR4imAMCnkX6Mpz+7Jkd2PQ4sCbz18Wl2FKY=:LEff4QweHgKevPUHebo3B/+Nz6Qxm13do3tIvB825QE=
        <2168>|/wMlyMNjDpNoYpsdQWt26g==$Wmzr64Y6Dv52T9YiXCx/rGOdtdWYgNuY+lIOuF8N3oY=:DLz4Gwk9IGMu5kF3EDNS4F6RsSmhT2lvPoD0KaQI81A=
        pass<00A0>word<3000>x|1+rZpdnod6GGHkswDyHxvQ==$Z+Ft8ytInwPXexQ52Pt1/Ko6J/n5sI/bJF3K5niQnco=:pDSfrnpnn1cTJta4686rhkgTQoTSmKuQ3qTNJ450LqE=
        <0627>1|1xNLCKIN6Yvm+AyIIaDZDQ==$XY+od2jtfsS7HzeCJrei1oaygWc+AB0WcVhqTLbr/HQ=:sqaqHioMs2/V+gdsxhU7hz7q5PcV1HMmRH7NCyb30Ww=
        <0628>a<0628>|HOgek3XCamiSYb6GImShiQ==$OyKlr+l9dbiW0lS2HXeasdgDbf4s6w80BzrlivFY99U=:dtc8FmN6+IrO0EELNZ5+4lLJHBwmuI6ta/wSj+k9PNQ=
        p<0221>q|WjcsRa33k5iFzVAcIOiCcw==$k2dxeCNWjmUgjrncjgMHEWyBpe22iSKgXX8RuWwfrLs=:7lvMzxUMliitCgIeIaae67obtRKgUcUvRCkAECtARxk=
        <0632><0645><0632>|04eMtIEp2Nlm611stluX4g==$mZosb0r6NZ1S8Wb5lfCQ0xP5El6GNm0ZMhrVL7pFvoY=:zuhprhbC8Tn4Pu50dzSAsmj8nLDqW+81N05F1X7MC+Y=
        <200B>x<200B><1E9B><0323>|kmq2yETZTZda37RtSX7aIw==$SPeN1MS6rOKrozyqKZGxpVAdR1MkPSJtuaI2bTvtiGg=:jVVpRd/0ntga1OM3pWoEk3315flPGBn0xk0yTXfVyls=
        <FEFF><00AD>|lEBuG5WK3sTU9t8ntRxgtQ==$nBapdqguCGpsyWClsKvXSAqeD1hYNOqwIfAL4PT/mQM=:mk1rEwFIyjjSfFZIs+8BTpD4z4/V2r6ryrHUz3xyoz4=
        tab<0009>inside|YgOae5NWOAEUE81yrPi8+A==$7RcdSa9j/rm28fSR9SYkJxRYjuiQJBqnM6ksg3oghLg=:h6IqrAct3wSgYqhnRyA+c7rN28k+OdgaTqTRFVen75w=
        """)
    void fitsThePasswordsOfPostgresqlsOwnVerifiers(String escaped, String stored) {
        // given
        String password = Pattern.compile("<(....)>")
                .matcher(escaped)
                .replaceAll(code -> Character.toString(Integer.parseInt(code.group(1), 16)));
        var scram = (Verifier.Scram) Verifier.parse("SCRAM-SHA-256$4096:" + stored);

        // when
        boolean fits = scram.isOf(password);

        // then
        assertThat(fits).isTrue();
        assertThat(scram.isOf(password + "x")).isFalse();
    }

    @Test
    void storedTextComesBackAsItWas() {
        // when
        var verifier = (Verifier.Scram) Verifier.parse(STORED);

        // then
        assertThat(verifier.stored()).isEqualTo(STORED);
        assertThat(verifier).hasSameHashCodeAs(Verifier.parse(STORED)).isEqualTo(Verifier.parse(STORED));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "secret",
                "md5",
                "md5c0ffee",
                "md5ZZZZ0123456789abcdef0123456789ab",
                "MD50123456789abcdef0123456789abcdef",
                "SCRAM-SHA-256",
                "SCRAM-SHA-256$4096:AAAA$AAAA:AAAA",
                "SCRAM-SHA-256$0:k2MuRG7f/ttMhd9KrwCCGg==$1rTVFKat5tFlv5vn26YTB3SmXMr8SnhHVQDhDk/hvcI=:iDMd2kNlsoKnPMVePwmhXwE3+IXebzpRg/o6LBLj5Vw=",
                "SCRAM-SHA-256$4096:k2MuRG7f/ttMhd9KrwCCGg=$1rTVFKat5tFlv5vn26YTB3SmXMr8SnhHVQDhDk/hvcI=:iDMd2kNlsoKnPMVePwmhXwE3+IXebzpRg/o6LBLj5Vw=",
            })
    void whatIsNotWellFormedIsAPassword(String stored) {
        // when
        var verifier = Verifier.parse(stored);

        // then
        assertThat(verifier).isEqualTo(new Verifier.Plain(stored));
    }

    @Test
    void emptyTextIsNoPassword() {
        // when
        var verifier = Verifier.parse("");

        // then
        assertThat(verifier).isEqualTo(new Verifier.None());
    }

    @Test
    void md5HashIsPostgresqls() {
        // given
        String stored = "md512a67b9343bf2193d4f6a3fdd99b853c";

        // when
        String hash = Md5Auth.hash("k\u00e4se", "p\u00c4ss");

        // then
        assertThat(hash).isEqualTo(stored);
        assertThat(Verifier.parse(stored)).isEqualTo(new Verifier.Md5(stored));
    }

    @Test
    void md5ResponseFitsOnlyItsSaltAndHash() {
        // given
        String hash = Md5Auth.hash("u", "p");
        byte[] salt = {1, 2, 3, 4};

        // when
        byte[] response = Md5Auth.response(hash, salt);

        // then
        assertThat(new String(response, US_ASCII)).matches("md5[0-9a-f]{32}");
        assertThat(Md5Auth.matches(hash, salt, response)).isTrue();
        assertThat(Md5Auth.matches(hash, new byte[] {1, 2, 3, 5}, response)).isFalse();
        assertThat(Md5Auth.matches(Md5Auth.hash("u", "q"), salt, response)).isFalse();
        assertThat(Md5Auth.matches(hash, salt, new byte[0])).isFalse();
    }

    @Test
    void secretsAreNotPrinted() {
        // given
        var keys = ScramKeys.derive("hush", "salt".getBytes(UTF_8), 1);

        // when
        String printed = Verifier.parse("hush") + " " + keys + " " + keys.verifier() + " "
                + Verifier.parse("md512a67b9343bf2193d4f6a3fdd99b853c");

        // then
        assertThat(printed).isEqualTo("Plain[***] ScramKeys[iterations=1, ***] Scram[iterations=1, ***] Md5[***]");
    }

    @Test
    void parsesAnyTextIntoSomething() {
        // given
        var random = new Random(5802);

        // when then
        for (int i = 0; i < 20_000; i++) {
            byte[] text = ScramTest.mutated(STORED.getBytes(US_ASCII), random);
            assertThat(Verifier.parse(new String(text, UTF_8))).isNotNull();
        }
    }
}
