package io.pgdoorman.pooler.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.hba.HbaMethod;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

class ChallengeTest {
    private static final MockVerifiers MOCKS = new MockVerifiers("secret".getBytes(UTF_8));
    private static final Verifier.Scram SCRAM = Verifier.Scram.ofPassword("p", "salt".getBytes(UTF_8), 2);
    private static final Verifier.Md5 MD5 = new Verifier.Md5(Md5Auth.hash("u", "p"));
    private static final Challenge MOCK = new Challenge.Scram(MOCKS.forUser("u"), true);

    @Test
    void md5RuleTakesTheStoredForm() {
        // when then
        assertThat(Challenge.of(HbaMethod.MD5, "u", MD5, MOCKS)).isEqualTo(new Challenge.Md5(MD5, false));
        assertThat(Challenge.of(HbaMethod.MD5, "u", SCRAM, MOCKS)).isEqualTo(new Challenge.Scram(SCRAM, false));
    }

    @Test
    void scramRuleNeverTakesAnMd5Hash() {
        // when then
        assertThat(Challenge.of(HbaMethod.SCRAM_SHA_256, "u", SCRAM, MOCKS))
                .isEqualTo(new Challenge.Scram(SCRAM, false));
        assertThat(Challenge.of(HbaMethod.SCRAM_SHA_256, "u", MD5, MOCKS)).isEqualTo(MOCK);
    }

    @Test
    void unknownUserAndUserWithoutPasswordGetAMockExchange() {
        // when then
        assertThat(Challenge.of(HbaMethod.MD5, "u", null, MOCKS)).isEqualTo(MOCK);
        assertThat(Challenge.of(HbaMethod.SCRAM_SHA_256, "u", null, MOCKS)).isEqualTo(MOCK);
        assertThat(Challenge.of(HbaMethod.MD5, "u", new Verifier.None(), MOCKS)).isEqualTo(MOCK);
    }

    @Test
    void passwordInClearServesScramWithTheSaltOfTheUnknownUser() {
        // when
        var challenge = (Challenge.Scram) Challenge.of(HbaMethod.MD5, "u", new Verifier.Plain("p"), MOCKS);

        // then
        assertThat(challenge.mock()).isFalse();
        assertThat(challenge.verifier().isOf("p")).isTrue();
        assertThat(challenge.verifier().salt()).isEqualTo(MOCKS.forUser("u").salt());
    }

    @Test
    void whoeverShowsTokensShowsOneByEachRuleForPasswords() {
        // given
        var check = new OutsideCheck() {
            @Override
            public CompletionStage<Finding> check(Attempt attempt) {
                throw new AssertionError(attempt);
            }

            @Override
            public String method() {
                return "token";
            }
        };
        var shows = new Verifier.Outside(check);

        // when then
        for (var method : List.of(HbaMethod.TRUST, HbaMethod.MD5, HbaMethod.SCRAM_SHA_256, HbaMethod.PASSWORD)) {
            assertThat(Challenge.of(method, "u", shows, MOCKS)).isEqualTo(new Challenge.Outside(check));
        }
        assertThat(Challenge.of(HbaMethod.REJECT, "u", shows, MOCKS)).isEqualTo(new Challenge.Refused(true));
        assertThat(Challenge.of(HbaMethod.CERT, "u", shows, MOCKS)).isEqualTo(new Challenge.Certificate());
    }

    @Test
    void trustAndRejectAskNothing() {
        // when then
        assertThat(Challenge.of(HbaMethod.TRUST, "u", null, MOCKS)).isEqualTo(new Challenge.Open());
        assertThat(Challenge.of(HbaMethod.REJECT, "u", SCRAM, MOCKS)).isEqualTo(new Challenge.Refused(true));
        assertThat(Challenge.of(HbaMethod.NO_MATCH, "u", SCRAM, MOCKS)).isEqualTo(new Challenge.Refused(false));
    }
}
