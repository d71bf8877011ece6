package io.pgdoorman.pooler.dialogue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/// From files to scripts; refuses what it does not understand, with file and line.
final class ScriptReader {
    /// The folder of all scripts.
    static final Path FOLDER = Path.of("src/test/resources/scripts");

    private static final Pattern STEP = Pattern.compile("([A-Z]|root): *(.*)");
    private static final Pattern HEADER = Pattern.compile("([a-z-]+(?: [a-z_]+)?): *(.*)");
    private static final Set<String> HEADERS = Set.of("modes", "expect-differs", "whole-only", "servers", "setting");

    private final String name;
    private final Map<String, String> headers = new LinkedHashMap<>();
    private final List<Step> steps = new ArrayList<>();

    private ScriptReader(String name) {
        this.name = name;
    }

    /// All scripts of the folder, by name.
    static List<Script> all() {
        try (var files = Files.walk(FOLDER)) {
            return files.filter(file -> file.toString().endsWith(".script"))
                    .sorted()
                    .map(ScriptReader::read)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// One script.
    static Script read(Path file) {
        String name = FOLDER.relativize(file).toString().replaceAll("\\.script$", "");
        try {
            return read(name, Files.readAllLines(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A script from its lines.
    static Script read(String name, List<String> lines) {
        return new ScriptReader(name).script(lines);
    }

    private Script script(List<String> lines) {
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).isBlank() || lines.get(i).startsWith("#")) {
                continue;
            }
            int first = i;
            var whole = new StringBuilder(lines.get(i));
            while (i + 1 < lines.size() && lines.get(i + 1).startsWith(" ")) {
                whole.append(" | ").append(lines.get(++i).strip());
            }
            try {
                line(whole.toString(), first + 1);
            } catch (RuntimeException e) {
                throw new IllegalArgumentException(name + ".script:" + (first + 1) + ": " + whole, e);
            }
        }
        return new Script(name, headers, steps);
    }

    private void line(String line, int number) {
        var step = STEP.matcher(line);
        if (step.matches()) {
            steps.add(new Step(step.group(1), number, actions(step.group(2))));
            return;
        }
        var header = HEADER.matcher(line);
        if (!header.matches() || !steps.isEmpty()) {
            throw new IllegalArgumentException("neither a step nor a header before the first step");
        }
        if (!HEADERS.contains(header.group(1).split(" ", 2)[0])) {
            throw new IllegalArgumentException("unknown header");
        }
        headers.put(header.group(1), header.group(2));
    }

    private static List<Action> actions(String text) {
        List<Action> actions = new ArrayList<>();
        var parts = Word.parts(text);
        for (int i = 0; i < parts.size(); i++) {
            if (!parts.get(i).startsWith("repeat ")) {
                actions.add(Verbs.action(parts.get(i)));
                continue;
            }
            int end = i + parts.subList(i, parts.size()).indexOf("end");
            int times = Integer.parseInt(parts.get(i).substring("repeat ".length()));
            for (int n = 1; n <= times; n++) {
                for (var part : parts.subList(i + 1, end)) {
                    actions.add(Verbs.action(part.replace("{i}", "" + n)));
                }
            }
            i = end;
        }
        return List.copyOf(actions);
    }
}
