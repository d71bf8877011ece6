package io.pgdoorman.config.catalogue;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.config.HbaSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HbaTypeTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "ldapbindpasswd=hidden",
                "ldapbindpasswd=\"hidden\"",
                "ldapbindpasswd=\"not hidden\" ldaptls=1",
                "\"ldapbindpasswd=hidden\" ldaptls=1",
                "ldapbindpasswd=\"\"\"hidden\"",
                "ldapbindpasswd=\\\nhidden ldaptls=1",
                "ldapbindpasswd=\\\r\nhidden",
                "ldapbindpasswd\\\n=hidden"
            })
    void passwordOfADirectoryIsNeverShown(String option) {
        // given
        var rules = new HbaSource.Rules("host a all all ldap " + option + "\nhost b all all md5\n");

        // when
        var shown = new HbaType().shown(rules);

        // then
        assertThat(shown).contains("host a all all ldap", "host b all all md5").doesNotContain("hidden");
        assertThat(new HbaType().canonical(rules).toString()).contains("hidden"); // the hash has to change with it
    }
}
