package io.pgdoorman.operator.child;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SecretChildTest {

    private static DoormanPool pool() {
        var pool = new DoormanPool();
        pool.setMetadata(new ObjectMetaBuilder()
                .withName("shop")
                .withNamespace("prod")
                .withUid("u-1")
                .build());
        return pool;
    }

    @Test
    void aKeytabIsWrittenByteForByte() {
        // given
        var keytab = new byte[] {5, 2, 0, (byte) 0xff, (byte) 0xc3, 0x28, 10};
        var wanted = Map.of("keytab-7", Base64.getEncoder().encodeToString(keytab), "user-app-7", "s3cret");

        // when
        var secret = SecretChild.users(
                pool(), wanted, null, StoredConfig.first(new ConfigVersion("", "hash", "boot"), 1, Instant.EPOCH));

        // then
        assertThat(secret.getData())
                .containsEntry("keytab-7", Base64.getEncoder().encodeToString(keytab))
                .containsEntry("user-app-7", "czNjcmV0");
    }

    @Test
    void whatAConfigurationInUseRefersToStaysWhereverItStandsInTheText() {
        // given
        var inUse = new ConfigVersion("""
            pg_hba:
              content: |
                host all all all ldap @/etc/pgdoorman/ldap-bind-7
            users:
            - password: {file: "/etc/pgdoorman/user-app-7"}
            """, "hash", "boot");
        var existing = new SecretBuilder()
                .withData(
                        Map.of("ldap-bind-7", "eA==", "user-app-7", "eA==", "user-app-71", "eA==", "user-app", "eA=="))
                .build();

        // when
        var kept = SecretChild.users(
                pool(), Map.of("user-app-8", "new"), existing, StoredConfig.first(inUse, 1, Instant.EPOCH));

        // then
        assertThat(kept.getData()).containsOnlyKeys("ldap-bind-7", "user-app-7", "user-app-8");
    }
}
