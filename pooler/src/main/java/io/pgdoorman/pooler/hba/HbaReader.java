package io.pgdoorman.pooler.hba;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// From the text of a `pg_hba.conf` or `pg_ident.conf` to its lines, with everything that it includes in
/// its place (manual, "The pg_hba.conf File"): a backslash at the end of a line continues it, `@file`
/// inside a list stands for the words of that file, `include`, `include_if_exists` and `include_dir` for
/// the lines of others. Relative paths start at the folder of the file that names them.
final class HbaReader {
    /// As PostgreSQL: deeper nesting is taken for a file that includes itself.
    private static final int MAX_DEPTH = 10;

    private final HbaFiles files;
    private final List<HbaLine> lines = new ArrayList<>();
    private final List<HbaFault> faults = new ArrayList<>();

    HbaReader(HbaFiles files) {
        this.files = files;
    }

    List<HbaLine> lines() {
        return lines;
    }

    /// Grows while lines are read; the caller adds what it finds wrong in them.
    List<HbaFault> faults() {
        return faults;
    }

    /// @param file what faults name and where relative paths start
    void read(Path file, String text) {
        read(file, text, 0);
    }

    private void read(Path file, String text, int depth) {
        String[] physical = text.split("\n", -1);
        for (int i = 0; i < physical.length; i++) {
            int first = i;
            var line = new StringBuilder(withoutReturns(physical[i]));
            int joinedAt = 0;
            while (line.length() > joinedAt && line.charAt(line.length() - 1) == '\\') {
                line.setLength(line.length() - 1);
                joinedAt = line.length();
                if (i + 1 < physical.length) {
                    line.append(withoutReturns(physical[++i]));
                }
            }
            var fields = HbaToken.fields(line.toString());
            if (!fields.isEmpty()) {
                add(file, new HbaLine(file.toString(), first + 1, fields), depth);
            }
        }
    }

    private void add(Path file, HbaLine line, int depth) {
        try {
            var expanded = new HbaLine(line.file(), line.number(), withFiles(file, line.fields(), depth));
            var isRule = expanded.fields().size() != 2 || !include(file, expanded, depth);
            if (isRule && !expanded.fields().isEmpty()) {
                lines.add(expanded);
            }
        } catch (HbaSyntax e) {
            faults.add(line.fault(e.text()));
        }
    }

    private boolean include(Path file, HbaLine line, int depth) throws HbaSyntax {
        String word = line.fields().getFirst().getFirst().text();
        String named = line.fields().get(1).getFirst().text();
        switch (word) {
            case "include" -> includeFile(sibling(file, named), depth + 1, false);
            case "include_if_exists" -> includeFile(sibling(file, named), depth + 1, true);
            case "include_dir" -> {
                for (Path each : folder(sibling(file, named))) {
                    includeFile(each, depth + 1, false);
                }
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private void includeFile(Path file, int depth, boolean mayBeMissing) throws HbaSyntax {
        try {
            read(file, text(file, depth), depth);
        } catch (IOException unreadable) {
            if (!mayBeMissing || !(unreadable instanceof NoSuchFileException)) {
                throw new HbaSyntax(notOpened(file, unreadable));
            }
        }
    }

    private List<Path> folder(Path folder) throws HbaSyntax {
        try {
            return files.list(folder).stream()
                    .filter(file -> isRules(String.valueOf(file.getFileName())))
                    .sorted(Comparator.comparing(file -> String.valueOf(file.getFileName())))
                    .toList();
        } catch (IOException unreadable) {
            throw new HbaSyntax("could not open directory \"" + folder + "\": " + unreadable);
        }
    }

    private static boolean isRules(String name) {
        return name.endsWith(".conf") && !name.startsWith(".") && name.length() > ".conf".length();
    }

    /// All words of a file stand where it is named, its lines as one list.
    private List<List<HbaToken>> withFiles(Path file, List<List<HbaToken>> fields, int depth) throws HbaSyntax {
        List<List<HbaToken>> expanded = new ArrayList<>();
        for (var field : fields) {
            List<HbaToken> tokens = new ArrayList<>();
            for (var token : field) {
                if (token.isFile()) {
                    addWordsOf(sibling(file, token.text().substring(1)), depth + 1, tokens);
                } else {
                    tokens.add(token);
                }
            }
            if (!tokens.isEmpty()) { // a field of nothing but empty files is none, as in PostgreSQL
                expanded.add(tokens);
            }
        }
        return expanded;
    }

    private void addWordsOf(Path file, int depth, List<HbaToken> into) throws HbaSyntax {
        String text;
        try {
            text = text(file, depth);
        } catch (IOException unreadable) {
            throw new HbaSyntax(notOpened(file, unreadable));
        }
        var nested = new HbaReader(files);
        nested.read(file, text, depth);
        if (!nested.faults.isEmpty()) {
            throw new HbaSyntax(nested.faults.getFirst().toString());
        }
        nested.lines.forEach(line -> line.fields().forEach(into::addAll));
    }

    private String text(Path file, int depth) throws HbaSyntax, IOException {
        if (depth > MAX_DEPTH) {
            throw new HbaSyntax("could not open file \"" + file + "\": maximum nesting depth exceeded");
        }
        return files.read(file);
    }

    private static String notOpened(Path file, IOException why) {
        return "could not open file \"" + file + "\": "
                + (why instanceof NoSuchFileException ? "it does not exist" : why.toString());
    }

    private static String withoutReturns(String line) {
        int end = line.length();
        while (end > 0 && line.charAt(end - 1) == '\r') {
            end--;
        }
        return line.substring(0, end);
    }

    private static Path sibling(Path file, String named) {
        return file.toAbsolutePath().resolveSibling(named).normalize();
    }
}
