package io.pgdoorman.pooler.auth;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PasswordCheckTest {
    private static final byte[] SALT = {1, 2, 3, 4};
    private final Verifier.Scram present = ScramKeys.derive("new", SALT, 256).verifier();
    private final Verifier.Scram previous = present.sibling("old");
    private final Verifier.Scram mock = ScramKeys.derive("mock", SALT, 512).verifier();

    @Test
    void eachPasswordFitsItsOwnVerifier() {
        assertThat(new PasswordCheck("app", "new", mock).against(present).fits())
                .isTrue();
        assertThat(new PasswordCheck("app", "old", mock).against(present).fits())
                .isFalse();
        assertThat(new PasswordCheck("app", "old", mock).against(previous).fits())
                .isTrue();
        assertThat(new PasswordCheck("app", "new", mock)
                        .against(new Verifier.Md5(Md5Auth.hash("app", "new")))
                        .fits())
                .isTrue();
        assertThat(new PasswordCheck("app", "new", mock)
                        .against(new Verifier.None())
                        .fits())
                .isFalse();
    }

    @Test
    void keysAreDerivedOnceForTwoPasswordsOfAUser() {
        // given
        var check = new PasswordCheck("app", "wrong", mock);
        check.against(present);
        var derived = check.keysFor(present);

        // when
        check.against(previous);

        // then
        assertThat(check.keysFor(previous)).isSameAs(derived);
    }

    @Test
    void anotherSaltGivesOtherKeys() {
        // given
        var check = new PasswordCheck("app", "other", mock);
        check.against(present);

        // when then
        assertThat(check.against(ScramKeys.derive("other", new byte[] {9}, 256).verifier())
                        .fits())
                .isTrue();
    }
}
