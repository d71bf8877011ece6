package io.pgdoorman.pooler.reload;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MetaTest {
    private static final Meta NOTHING = meta(null, null, null);

    @TempDir
    private Path folder;

    private static Meta meta(@Nullable Long generation, @Nullable String hash, @Nullable Duration unattended) {
        return new Meta(generation, hash, unattended, null);
    }

    private Meta read(String text) throws IOException {
        Files.writeString(folder.resolve("meta.json"), text);
        return Meta.beside(folder.resolve("pooler.yaml"));
    }

    @Test
    void isWhatTheOperatorWritesBesideTheFile() throws IOException {
        assertThat(read("{\"generation\":7,\"hash\":\"ab12\",\"unattendedSeconds\":110}"))
                .isEqualTo(meta(7L, "ab12", Duration.ofSeconds(110)));
    }

    @Test
    void tellsWhatIsLeftToAPodThatNobodyLetsIn() throws IOException {
        assertThat(read("{\"generation\":7,\"hash\":\"ab12\",\"unattendedSeconds\":110,\"unattendedConnections\":5}"))
                .isEqualTo(new Meta(7L, "ab12", Duration.ofSeconds(110), 5));
    }

    @Test
    void fieldsOfALaterOperatorArePassedOver() throws IOException {
        assertThat(read("{\"later\":{\"hash\":\"not"
                        + " this\",\"more\":[{\"generation\":1}]},\"hash\":\"ab12\",\"generation\":7}"))
                .isEqualTo(meta(7L, "ab12", null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "not JSON",
                "{\"generation\":7,\"hash\":",
                "{\"generation\":99999999999999999999}",
                "{\"generation\":\"7\",\"hash\":12,\"unattendedSeconds\":1.5}"
            })
    void whatCannotBeReadIsNotKnown(String text) throws IOException {
        assertThat(read(text)).isEqualTo(NOTHING);
    }

    @Test
    void fileThatIsTooLargeOrNotThereIsNotKnown() throws IOException {
        assertThat(read("{\"hash\":\"" + "x".repeat(70_000) + "\"}")).isEqualTo(NOTHING);
        Files.delete(folder.resolve("meta.json"));
        assertThat(Meta.beside(folder.resolve("pooler.yaml"))).isEqualTo(NOTHING);
    }
}
