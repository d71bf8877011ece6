package io.pgdoorman.pooler.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgdoorman.pooler.script.Papers;
import io.pgdoorman.pooler.script.Papers.Claims;
import java.security.cert.X509Certificate;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The cases of libpq's own test of names (`src/test/ssl/t/001_ssltests.pl`), and those that its sources decide.
class HostNameTest {
    private static final Papers AUTHORITY = Papers.authority("CN=authority");

    @ParameterizedTest
    @CsvSource({
        // common name, names, host
        "common-name.example.com, , common-name.example.com",
        "common-name.example.com, , COMMON-NAME.EXAMPLE.COM",
        "*.example.com, , a.example.com",
        "192.0.2.1, , 192.0.2.1",
        "cn.example.com, dns1.example.com dns2.example.com *.wildcard.example.com, dns1.example.com",
        "cn.example.com, dns1.example.com dns2.example.com *.wildcard.example.com, dns2.example.com",
        "cn.example.com, dns1.example.com dns2.example.com *.wildcard.example.com, foo.wildcard.example.com",
        "cn.example.com, 192.0.2.1, 192.0.2.1",
        "cn.example.com, 192.0.2.1 2001:db8::1, 2001:db8::1",
        "cn.example.com, 2001:db8::1, 2001:db8:0:0:0:0:0:1",
        // an address among the names leaves the common name to stand for a DNS name, and the other way round
        "cn.example.com, 192.0.2.1, cn.example.com",
        "192.0.2.2, dns1.example.com, 192.0.2.2",
        "x, localhost, localhost",
    })
    void fits(String common, String names, String host) throws TlsException {
        HostName.verify(certificate(common, names), host);
    }

    @ParameterizedTest
    @CsvSource({
        "common-name.example.com, , wronghost.test",
        "*.example.com, , example.com",
        "*.example.com, , a.b.example.com",
        "*.example.com, , .example.com",
        "*, , localhost",
        "*., , a.",
        "a*.example.com, , ab.example.com",
        "cn.example.com, dns1.example.com, cn.example.com",
        "cn.example.com, dns1.example.com *.wildcard.example.com, deep.sub.wildcard.example.com",
        "cn.example.com, 192.0.2.1, 192.0.2.2",
        "192.0.2.2, 192.0.2.1, 192.0.2.2",
        "cn.example.com, 2001:db8::1, ::1",
        "cn.example.com, 192.0.2.1, dns1.example.com",
    })
    void doesNotFit(String common, String names, String host) {
        assertThatThrownBy(() -> HostName.verify(certificate(common, names), host))
                .isInstanceOf(TlsException.class)
                .hasMessageContaining("and not for \"" + host + "\"");
    }

    @ParameterizedTest
    @CsvSource({"127.0.0.1, true", "::1, true", "localhost, false", "db_1, false", "1.2.3.4.5, false"})
    void addressesAreNoNames(String host, boolean isAddress) {
        assertThat(HostName.isAddress(host)).isEqualTo(isAddress);
    }

    private static X509Certificate certificate(String common, String names) {
        return AUTHORITY
                .issues(Claims.of("CN=" + common, names == null ? new String[0] : names.split(" ")))
                .certificate();
    }
}
