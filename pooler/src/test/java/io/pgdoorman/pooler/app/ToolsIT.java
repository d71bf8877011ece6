package io.pgdoorman.pooler.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.config.read.ConfigReader;
import io.pgdoorman.config.read.ReadResult;
import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.PoolerFixture;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The commands beside `run`, as somebody calls them.
class ToolsIT {

    @TempDir
    private Path folder;

    private record Called(int code, String out, String err) {}

    private static Called call(String... arguments) {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        int code = PoolerMain.run(arguments, new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8));
        return new Called(code, out.toString(UTF_8), err.toString(UTF_8));
    }

    @Test
    void checkTellsEachFaultWithFileAndLine() throws IOException {
        // given
        var file = Files.writeString(folder.resolve("p.yaml"), """
            general:
              admin_password: x
              port: many
            pools:
              shop: {frob: 1}
            """);

        // when
        var called = call("check", file.toString());

        // then
        assertThat(called.code()).isEqualTo(PoolerMain.EXIT_CONFIG);
        assertThat(called.err().lines())
                .hasSize(2)
                .anyMatch(line -> line.startsWith(file + ":3: general.port"))
                .anyMatch(line -> line.startsWith(file + ":5: "));
        assertThat(call("-t", file.toString())).isEqualTo(called);
    }

    @Test
    void checkReadsReferencesWhenAsked() throws IOException {
        // given
        var file = Files.writeString(
                folder.resolve("p.yaml"),
                "general: {admin_password: {file: " + folder + "/none}}\npools: {shop: {}}\n");

        // when
        var plain = call("check", file.toString());
        var whole = call("check", "-r", file.toString());

        // then
        assertThat(plain.code()).isZero();
        assertThat(whole.code()).isEqualTo(PoolerMain.EXIT_CONFIG);
        assertThat(whole.err()).contains("does not exist");
    }

    @Test
    void generateWritesAConfigurationForAPostgres() {
        // given
        var file = folder.resolve("generated.yaml");

        // when
        var called = call(
                "generate",
                "--host",
                "127.0.0.1",
                "--port",
                String.valueOf(EmbeddedPg.shared().door().port()),
                "--pool-size",
                "7",
                "-o",
                file.toString());

        // then
        assertThat(called.code()).as(called.err()).isZero();
        assertThat(ConfigReader.read(file))
                .isInstanceOfSatisfying(
                        ReadResult.Valid.class,
                        valid -> assertThat(valid.config().pools())
                                .hasEntrySatisfying(
                                        Door.DATABASE,
                                        pool -> assertThat(pool.users()).anySatisfy(user -> {
                                            assertThat(user.username()).isEqualTo(Door.Role.APP.user());
                                            assertThat(user.size().max()).isEqualTo(7);
                                        })));
    }

    @Test
    void importWritesWhatItReadAndReportsTheRest() throws IOException {
        // given
        var ini = Files.writeString(
                folder.resolve("pgbouncer.ini"),
                "[databases]\nshop = host=db\n[pgbouncer]\nauth_file = users.txt\npidfile = /run/x\n");
        Files.writeString(folder.resolve("users.txt"), "\"app\" \"secret\"\n");

        // when
        var called =
                call("import", ini.toString(), "-o", folder.resolve("out.yaml").toString());

        // then
        assertThat(called.code()).isZero();
        assertThat(called.err()).contains("pidfile = /run/x: pass --pid-file").doesNotContain("secret");
        assertThat(ConfigReader.read(folder.resolve("out.yaml"))).isInstanceOf(ReadResult.Valid.class);
    }

    @Test
    void topShowsThePoolsOfARunningPooler() throws Exception {
        // given
        try (var pooler = PoolerFixture.wish().serverPasswords().start()) {
            assertThat(pooler.logsIn(Door.Role.APP.user(), Door.Role.APP.password()))
                    .isNotEmpty();

            // when
            var called = call(
                    "top",
                    "-p",
                    String.valueOf(pooler.door().port()),
                    "-u",
                    PoolerFixture.ADMIN,
                    "--password=" + PoolerFixture.ADMIN_PASSWORD,
                    "-n",
                    "1");

            // then
            assertThat(called.code()).as(called.err()).isZero();
            assertThat(called.out().lines().findFirst().orElseThrow()).contains("database", "cl wait", "maxwait ms");
            assertThat(called.out()).containsPattern(Door.DATABASE + " +" + Door.Role.APP.user() + " ");
        }
    }

    @Test
    void helpAndCompletionKnowAllCommands() {
        // when
        var help = call("help");
        var completion = call("completion");

        // then
        assertThat(help.out()).contains("check", "generate", "import", "top", "completion", "run");
        assertThat(call("help", "import").out()).contains("--userlist");
        assertThat(completion.out()).contains("complete ", "--userlist", "--pid-file");
        assertThat(call("check", "--frob"))
                .satisfies(wrong -> assertThat(wrong.code()).isEqualTo(PoolerMain.EXIT_USAGE))
                .satisfies(wrong -> assertThat(wrong.err()).contains("--frob").contains("pooler help check"));
        assertThat(call("top", "-p", "1", "-n", "1").code()).isEqualTo(PoolerMain.EXIT_OS);
    }
}
