package io.pgdoorman.operator.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManifestFolderTest {

    private static final String POOL = """
        apiVersion: pgdoorman.io/v1alpha1
        kind: DoormanPool
        metadata: {name: shop}
        spec: {replicas: 2}
        ---
        apiVersion: v1
        kind: Secret
        metadata: {name: shop-user}
        stringData: {password: p}
        """;

    @TempDir
    Path folder;

    @Test
    void readsEveryDocumentOfEveryFile() throws Exception {
        // given
        Files.writeString(folder.resolve("a.yaml"), POOL);
        Files.writeString(folder.resolve("b.yml"), POOL.replace("shop", "bar"));
        Files.writeString(folder.resolve("notes.txt"), "no manifest");

        // when
        var manifests = new ManifestFolder(folder).read();

        // then
        assertThat(manifests.pools()).containsOnlyKeys("bar", "shop");
        assertThat(manifests.secrets()).containsOnlyKeys("bar-user", "shop-user");
        assertThat(manifests.faults()).isEmpty();
    }

    @Test
    void brokenFileKeepsWhatItSaid() throws Exception {
        // given
        Files.writeString(folder.resolve("a.yaml"), POOL);
        var reader = new ManifestFolder(folder);
        var before = reader.read();

        // when
        Files.writeString(folder.resolve("a.yaml"), "kind: [DoormanPool\n");
        var after = reader.read();

        // then
        assertThat(after.pools()).isEqualTo(before.pools());
        assertThat(after.faults().get("a.yaml")).startsWith("line ").contains("not YAML");
    }

    @Test
    void removedFileTakesItsObjectsWithIt() throws Exception {
        // given
        Files.writeString(folder.resolve("a.yaml"), POOL);
        var reader = new ManifestFolder(folder);
        reader.read();

        // when
        Files.delete(folder.resolve("a.yaml"));
        var after = reader.read();

        // then
        assertThat(after.pools()).isEmpty();
    }

    @Test
    void foreignKindIsRefusedWithValueAndExpectation() throws Exception {
        // given
        Files.writeString(folder.resolve("a.yaml"), POOL.replace("DoormanPool", "DoormanPol"));

        // when
        var manifests = new ManifestFolder(folder).read();

        // then
        assertThat(manifests.faults().get("a.yaml"))
                .isEqualTo("kind: \"DoormanPol\" of apiVersion \"pgdoorman.io/v1alpha1\" is not known here,"
                        + " expected DoormanPool of pgdoorman.io/v1alpha1, Secret or ConfigMap of v1");
    }

    @Test
    void aClaimIsRefusedWithWhatToDoInstead() throws Exception {
        // given
        Files.writeString(folder.resolve("a.yaml"), POOL.replace("DoormanPool", "DoormanDatabaseAccess"));

        // when
        var manifests = new ManifestFolder(folder).read();

        // then
        assertThat(manifests.faults().get("a.yaml"))
                .isEqualTo("kind: a DoormanDatabaseAccess is for a cluster: here is no namespace that could claim,"
                        + " list auth.users");
    }

    @Test
    void sameNameInTwoFilesIsRefused() throws Exception {
        // given
        Files.writeString(folder.resolve("a.yaml"), POOL);
        Files.writeString(folder.resolve("b.yaml"), POOL);

        // when
        var manifests = new ManifestFolder(folder).read();

        // then
        assertThat(manifests.faults().get("b.yaml"))
                .isEqualTo("DoormanPool shop stands already in a.yaml; Secret shop-user stands already in a.yaml");
    }
}
