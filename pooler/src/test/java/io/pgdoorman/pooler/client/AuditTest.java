package io.pgdoorman.pooler.client;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AuditTest {
    @Test
    void aNameCannotWriteALineOfItsOwn() {
        assertThat(Audit.printable("x\n12:00 INFO audit: login succeeded user=\"root\"\u202e"))
                .isEqualTo("x\\u000a12:00 INFO audit: login succeeded user=\\u0022root\\u0022\\u202e");
    }

    @Test
    void aNameHasAnEnd() {
        assertThat(Audit.printable("é".repeat(8000))).isEqualTo("é".repeat(128) + "...");
    }
}
