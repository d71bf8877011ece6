package io.pgdoorman.pooler.cancel;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.HashSet;
import org.junit.jupiter.api.Test;

class PeerIdTest {

    @Test
    void poolersOfOneNetworkHaveDifferentMarks() {
        // when
        var marks = new HashSet<Integer>();
        for (int i = 0; i < 65_536; i++) {
            marks.add(PeerId.of(InetAddress.ofLiteral("10.244." + i / 256 + "." + i % 256)));
        }

        // then
        assertThat(marks).hasSize(65_536);
    }

    @Test
    void aMarkIsFoundInTheSecretThatBearsIt() {
        // given
        int id = PeerId.of(InetAddress.ofLiteral("fd00:1234::ab:cdef"));
        byte[] secret = {9, 9, 9, 9};

        // when
        PeerId.mark(secret, id);

        // then
        assertThat(PeerId.in(secret)).hasValue(id);
        assertThat(secret).endsWith((byte) 9, (byte) 9);
    }

    @Test
    void secretsThatNoPoolerMadeBearNone() {
        // when
        var mark = PeerId.in(new byte[3]);

        // then
        assertThat(mark).isEmpty();
    }

    @Test
    void whoListensEverywhereHasTheMarkOfOneOfItsAddresses() throws Exception {
        // when
        int own = PeerId.own(InetAddress.ofLiteral("0.0.0.0"));

        // then
        assertThat(own).isEqualTo(PeerId.own(InetAddress.ofLiteral("::")));
        assertThat(PeerId.own(InetAddress.ofLiteral("127.0.0.7")))
                .isEqualTo(PeerId.of(InetAddress.ofLiteral("127.0.0.7")));
    }
}
