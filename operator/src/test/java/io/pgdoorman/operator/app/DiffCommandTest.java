package io.pgdoorman.operator.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiffCommandTest {

    private static final String POOL = """
        apiVersion: pgdoorman.io/v1alpha1
        kind: DoormanPool
        metadata: {name: shop, namespace: prod}
        spec:
          servers: [{name: main, host: db.example}]
          databases: [{name: shop, serverRefs: [main], poolSize: 10}]
          auth: {users: [{name: app, secretRef: {name: app-db}}]}
        """;

    @TempDir
    private Path folder;

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    private String file(String name, String text) throws Exception {
        return Files.writeString(folder.resolve(name), text).toString();
    }

    private int diff(String... flags) throws Exception {
        return DiffCommand.run(List.of(flags), new PrintStream(printed, true, StandardCharsets.UTF_8));
    }

    private String text() {
        return printed.toString(StandardCharsets.UTF_8);
    }

    @Test
    void tellsFieldsAndTheGreatestEffect() throws Exception {
        // given
        var before = file("before.yaml", POOL);
        var after =
                file("after.yaml", POOL.replace("poolSize: 10", "poolSize: 20") + "  image: pooler:2\n  replicas: 5\n");

        // when
        var exit = diff("-f", after, "--from=" + before);

        // then
        assertThat(exit).isEqualTo(DiffCommand.DIFFERENT);
        assertThat(text().lines().map(line -> line.replaceAll("[0-9a-f]{16}", "HASH")))
                .containsExactly(
                        "pool prod/shop: roll (HASH), pods are replaced one after the other",
                        "  spec.replicas: 2 -> 5 (scale)",
                        "  spec.image: added pooler:2 (roll)",
                        "  spec.databases[shop].poolSize: 10 -> 20 (hot)");
    }

    @Test
    void writtenDefaultsAreNoDifference() throws Exception {
        // given
        var before = file("before.yaml", POOL);
        var after = file("after.yaml", POOL + "  replicas: 2\n  limits: {queryWaitTimeout: 5s}\n");

        // when
        var exit = diff("-f", after, "--from=" + before);

        // then
        assertThat(exit).isEqualTo(DiffCommand.SAME);
    }

    @Test
    void newAndRemovedPoolsAreNamed() throws Exception {
        // given
        var before = file("before.yaml", POOL);
        var after = file("after.yaml", POOL.replace("name: shop,", "name: store,"));

        // when
        var exit = diff("-f", after, "--from=" + before);

        // then
        assertThat(exit).isEqualTo(DiffCommand.DIFFERENT);
        assertThat(text()).contains("pool prod/store: new (").contains("pool prod/shop: would be removed");
    }

    @Test
    void anInvalidManifestIsRefusedWithItsReasons() throws Exception {
        // given
        var after = file("after.yaml", POOL.replace("[main]", "[mian]"));

        // when
        var exit = diff("-f", after);

        // then
        assertThat(exit).isEqualTo(DiffCommand.INVALID);
        assertThat(text()).contains("pool shop: spec.databases[shop].serverRefs: \"mian\" is none of servers[]");
    }

    @Test
    void withoutAFileThereIsNothingToCompare() {
        assertThatThrownBy(() -> diff("--from=x")).isInstanceOf(Settings.UsageException.class);
    }
}
