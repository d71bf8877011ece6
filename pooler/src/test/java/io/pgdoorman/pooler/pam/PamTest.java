package io.pgdoorman.pooler.pam;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class PamTest {
    @Test
    void machineWithoutPamSaysWhatIsMissing() {
        // when then
        assertThatThrownBy(() -> Pam.load("libpam-of-nobody.so.0"))
                .isInstanceOf(PamException.class)
                .hasMessage("libpam-of-nobody.so.0 cannot be loaded on this machine (Debian: libpam0g)");
    }

    @Test
    void libraryThatIsAnotherIsNoPam() {
        // when then
        assertThatThrownBy(() -> Pam.load("libc.so.6")).isInstanceOf(PamException.class);
    }
}
