package io.pgdoorman.pooler.reload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgdoorman.pooler.auth.BlockingCheck;
import io.pgdoorman.pooler.token.TokenCheck;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutsideChecksTest {
    @TempDir
    Path folder;

    private OutsideChecks.Made checks(String configuration) throws IOException {
        var file = Files.writeString(folder.resolve("pooler.yaml"), configuration);
        var read = Blueprint.read(file, new WatchedFiles());
        assertThat(read).isInstanceOf(Blueprint.Result.Ready.class);
        var blocking = new BlockingCheck.Means(Runnable::run, () -> 0);
        var means = new OutsideChecks.Means(
                TokenCheck.Means.of(Runnable::run, InstantSource.system()),
                new OutsideChecks.Threads(blocking, blocking, blocking, blocking),
                new PamLibrary("libpam-of-nobody.so.0"));
        var blueprint = ((Blueprint.Result.Ready) read).blueprint();
        return new OutsideChecks(file, blueprint, new TokenKeys(() -> 0).prepare(), means).make();
    }

    @Test
    void everyLineAndUserThatNeedsWhatIsNotThereIsNamed() {
        // when then
        assertThatThrownBy(() -> checks("""
            general:
              admin_password: x
              krb_server_keyfile: missing.keytab
              pg_hba:
                content: |
                  host all all 10.0.0.0/8 md5
                  host all all 127.0.0.0/8 pam
                  host all all all jwt issuer=nobody
                  host all all all ldap ldapprefix=u
                  host all all all radius radiusservers=h radiussecrets=hidden radiusports=0
                  host all all all gss
            pools: {shop: {users: [{username: app, password: "", auth_pam_service: x, pool_size: 1}]}}
            """))
                .isInstanceOfSatisfying(
                        InvalidConfigException.class,
                        refused -> assertThat(refused.faults()).hasSize(6))
                .hasMessageContaining("general.pg_hba: line 2: method pam: libpam-of-nobody.so.0 cannot be loaded")
                .hasMessageContaining("general.pg_hba: line 3: issuer \"nobody\" is not among token_issuers")
                .hasMessageContaining("general.pg_hba: line 4: authentication method \"ldap\" requires")
                .hasMessageContaining("general.pg_hba: line 5: invalid RADIUS port number: \"0\"")
                .hasMessageContaining("general.pg_hba: line 6: method gss: keytab " + folder.resolve("missing.keytab"))
                .hasMessageNotContaining("hidden")
                .hasMessageContaining("pools.shop.users[app].auth_pam_service: libpam-of-nobody.so.0");
    }

    @Test
    void machineWithoutPamServesAllElse() throws IOException {
        // when
        var made = checks("""
            general: {admin_password: x, pg_hba: {content: "host all all all ldap ldapserver=h ldapprefix=u"}}
            pools: {shop: {users: [{username: app, password: "", pool_size: 1}]}}
            """);

        // then
        assertThat(made.byRule()).hasSize(1);
        assertThat(made.byUser()).isEmpty();
    }
}
