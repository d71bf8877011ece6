package io.pgdoorman.pooler.dialogue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.Map;
import java.util.stream.Collectors;

/// Scripts that are known to fail, with the room that owns the bug: one `name room what` on each line of a file. The
/// aim is an empty file; a script that passes is told in the log, to be struck off.
final class KnownBugs {
    private KnownBugs() {}

    static Map<String, String> read() {
        try {
            return Files.readAllLines(ScriptReader.FOLDER.resolve("known-bugs.txt")).stream()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .map(line -> line.split(" +", 2))
                    .collect(Collectors.toMap(words -> words[0], words -> words[1]));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
