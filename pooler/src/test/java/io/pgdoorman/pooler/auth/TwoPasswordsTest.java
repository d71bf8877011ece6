package io.pgdoorman.pooler.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.SecureRandom;
import org.junit.jupiter.api.Test;

class TwoPasswordsTest {
    private static final SecureRandom RANDOM = new SecureRandom();

    private final MockVerifiers mocks = new MockVerifiers(new byte[32], 16);

    @Test
    void twoInClearGetOneSalt() {
        // when
        var two = TwoPasswords.of("app", new Verifier.Plain("new"), new Verifier.Plain("old"), mocks);

        // then
        var present = (Verifier.Scram) two.present();
        var previous = (Verifier.Scram) two.previous();
        assertThat(present.salt()).isEqualTo(previous.salt());
        assertThat(present.isOf("new")).isTrue();
        assertThat(previous.isOf("old")).isTrue();
        assertThat(TwoPasswords.fit(present, previous)).isTrue();
    }

    @Test
    void oneInClearTakesTheSaltOfTheOther() {
        // given
        var stored = Verifier.Scram.ofPassword("stored", RANDOM);

        // when
        var present = TwoPasswords.of("app", new Verifier.Plain("new"), stored, mocks);
        var previous = TwoPasswords.of("app", stored, new Verifier.Plain("old"), mocks);

        // then
        assertThat(present.previous()).isEqualTo(stored);
        assertThat(((Verifier.Scram) present.present()).salt()).isEqualTo(stored.salt());
        assertThat(((Verifier.Scram) present.present()).isOf("new")).isTrue();
        assertThat(previous.present()).isEqualTo(stored);
        assertThat(((Verifier.Scram) previous.previous()).isOf("old")).isTrue();
    }

    @Test
    void md5TakesMd5AndWhatIsInClear() {
        // given
        var present = new Verifier.Md5(Md5Auth.hash("app", "new"));

        // when
        var two = TwoPasswords.of("app", present, new Verifier.Plain("old"), mocks);

        // then
        assertThat(two).isEqualTo(new TwoPasswords(present, new Verifier.Md5(Md5Auth.hash("app", "old"))));
        assertThat(TwoPasswords.fit(present, two.previous())).isTrue();
    }

    @Test
    void othersDoNotFit() {
        // given
        var scram = Verifier.Scram.ofPassword("a", RANDOM);
        var md5 = new Verifier.Md5(Md5Auth.hash("app", "a"));

        // when then
        assertThat(TwoPasswords.fit(scram, Verifier.Scram.ofPassword("b", RANDOM)))
                .isFalse();
        assertThat(TwoPasswords.fit(scram, md5)).isFalse();
        assertThat(TwoPasswords.fit(md5, scram)).isFalse();
        assertThat(TwoPasswords.fit(new Verifier.Plain("a"), md5)).isFalse();
        assertThat(TwoPasswords.fit(new Verifier.None(), new Verifier.Plain("b")))
                .isFalse();
        assertThatThrownBy(() -> TwoPasswords.of("app", md5, scram, mocks))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
