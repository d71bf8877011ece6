package io.pgdoorman.operator.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.pgdoorman.operator.api.v1alpha1.Manifest;
import io.pgdoorman.operator.plan.Want;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResolverTest {

    private static final String POOL = """
        apiVersion: pgdoorman.io/v1alpha1
        kind: DoormanPool
        metadata: {name: shop}
        spec:
          servers: [{name: main, host: db.example}]
          databases: [{name: shop, serverRefs: [main]}]
          auth: {users: [{name: app, secretRef: {name: app}}], hbaConfigMapRef: {name: app}}
        """;
    private static final String SECRET = """
        apiVersion: v1
        kind: Secret
        metadata: {name: app}
        stringData: {password: s3cret}
        """;

    private Want resolved(Path folder, String rules) throws Exception {
        Files.writeString(folder.resolve("pool.yaml"), POOL + "---\n" + SECRET + "---\n" + rules);
        var manifests = new ManifestFolder(folder).read();
        assertThat(manifests.faults()).isEmpty();
        var pool = ((Manifest.Read.Valid) Manifest.readAll(new ObjectMapper()
                                .writeValueAsString(
                                        Objects.requireNonNull(manifests.pools().get("shop"))
                                                .content()))
                        .getFirst())
                .pool();
        return new Resolver(Map.of(), 9127).resolve(pool, manifests.secrets()).want();
    }

    @Test
    void rulesStandInAConfigMapNamedLikeASecret(@TempDir Path folder) throws Exception {
        // when
        var want = resolved(folder, """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: app}
            data: {pg_hba.conf: "host all app 10.0.0.0/8 scram-sha-256"}
            """);

        // then
        assertThat(want).isInstanceOf(Want.Config.class);
        assertThat(((Want.Config) want).rendered().text()).contains("host all app 10.0.0.0/8 scram-sha-256");
    }

    @Test
    void aConfigMapThatIsNotThereIsNamed(@TempDir Path folder) throws Exception {
        // when
        var want = resolved(folder, """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: other}
            data: {pg_hba.conf: "host all app 10.0.0.0/8 scram-sha-256"}
            """);

        // then
        assertThat(((Want.Unresolved) want).missing())
                .extracting(missing -> missing.text())
                .containsExactly("hba: ConfigMap app does not exist (key pg_hba.conf is read from it)");
    }
}
