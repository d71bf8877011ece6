package io.pgdoorman.pooler.door;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The kept visits: `src/test/resources/door/*.visits`, each a paragraph of a name, deeds and `ends HOW`.
final class Corpus {
    private static final Path FOLDER = Path.of("src/test/resources/door");

    private Corpus() {}

    static List<Visit> all() {
        try (var files = Files.list(FOLDER)) {
            List<Visit> all = new ArrayList<>();
            for (var file : files.sorted().toList()) {
                for (var paragraph : Files.readString(file).split("\n{2,}")) {
                    var lines = paragraph
                            .lines()
                            .filter(line -> !line.startsWith("#") && !line.isBlank())
                            .toList();
                    if (!lines.isEmpty()) {
                        all.add(visit(lines));
                    }
                }
            }
            return all;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Visit visit(List<String> lines) {
        List<Deed> deeds = new ArrayList<>();
        for (var line : lines.subList(1, lines.size() - 1)) {
            var words = line.strip().split(" ", 2);
            deeds.add(new Deed(Deed.Verb.of(words[0]), words.length == 1 ? "" : words[1], 0));
        }
        var name = lines.getFirst();
        var last = lines.getLast().strip();
        if (!name.endsWith(":") || !last.startsWith("ends ")) {
            throw new IllegalArgumentException("no name or no end: " + lines);
        }
        return new Visit(name.substring(0, name.length() - 1), deeds, last.substring("ends ".length()), 0);
    }
}
