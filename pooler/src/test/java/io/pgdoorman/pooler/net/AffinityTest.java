package io.pgdoorman.pooler.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class AffinityTest {
    private static String processors() throws Exception {
        return Files.readAllLines(Path.of("/proc/thread-self/status")).stream()
                .filter(line -> line.startsWith("Cpus_allowed_list:"))
                .findFirst()
                .orElseThrow()
                .split("\\s+")[1];
    }

    private static List<String> processorsOfLoops(boolean tied, int count) throws Exception {
        try (var loops = new Loops(TransportKind.choose("nio"), count, tied)) {
            List<String> all = new ArrayList<>();
            for (var loop : loops.all()) {
                all.add(loop.executor().submit(AffinityTest::processors).get());
            }
            return all;
        }
    }

    @Test
    void tiesEachLoopToOneProcessorInTurn() throws Exception {
        // given
        var mine = processors();
        int count = Runtime.getRuntime().availableProcessors();

        // when
        var tied = processorsOfLoops(true, count + 1);
        var free = processorsOfLoops(false, 1);

        // then
        assertThat(tied).allMatch(list -> list.matches("\\d+"));
        assertThat(tied.subList(0, count)).doesNotHaveDuplicates();
        assertThat(tied.getLast()).isEqualTo(tied.getFirst());
        assertThat(free).containsExactly(mine);
        assertThat(processors()).isEqualTo(mine);
    }
}
