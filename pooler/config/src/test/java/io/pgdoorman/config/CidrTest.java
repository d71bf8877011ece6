package io.pgdoorman.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CidrTest {

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.255.0.1, true",
        "10.0.0.0/8, 11.0.0.1, false",
        "192.168.1.7, 192.168.1.7, true",
        "192.168.1.7, 192.168.1.6, false",
        "0.0.0.0/0, 8.8.8.8, true",
        "10.1.2.128/25, 10.1.2.127, false",
        "fd00::/8, fd12::1, true",
        "fd00::/8, 10.0.0.1, false"
    })
    void containsAddressesOfItsNetwork(String network, String address, boolean isInside) {
        // given
        var cidr = Cidr.parse(network).orElseThrow();

        // when
        var contains = cidr.contains(InetAddress.ofLiteral(address));

        // then
        assertThat(contains).isEqualTo(isInside);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "all", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/x", "host.example/8", "10.0.0/8/8"})
    void refusesAnythingElse(String text) {
        // given
        // when
        var cidr = Cidr.parse(text);

        // then
        assertThat(cidr).isEmpty();
    }
}
