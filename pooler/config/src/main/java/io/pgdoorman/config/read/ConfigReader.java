package io.pgdoorman.config.read;

import io.pgdoorman.config.catalogue.OtherSettings;
import io.pgdoorman.config.tree.Limits;
import io.pgdoorman.config.tree.Merge;
import io.pgdoorman.config.tree.Node;
import io.pgdoorman.config.tree.Place;
import io.pgdoorman.config.tree.Problems;
import io.pgdoorman.config.tree.Problems.Problem;
import io.pgdoorman.config.tree.TomlTree;
import io.pgdoorman.config.tree.YamlTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Reads a configuration file; bad input is a result, never an exception.
public final class ConfigReader {

    private final Problems problems = new Problems();

    /// Told of each file just before it is read.
    private final Consumer<Path> opening;

    private ConfigReader(Consumer<Path> opening) {
        this.opening = opening;
    }

    /// Reads the file and those it includes; `.yaml` and `.yml` are YAML, anything else is TOML.
    public static ReadResult read(Path file) {
        return read(file, _ -> {});
    }

    /// Likewise.
    ///
    /// @param opening told of each file just before it is read
    public static ReadResult read(Path file, Consumer<Path> opening) {
        var reader = new ConfigReader(opening);
        var main = reader.load(file, new Place(file.toString(), "", null));
        return reader.finish(main, file::resolveSibling);
    }

    /// Reads a text; included files are searched in the working directory.
    public static ReadResult parse(String text, Format format, String fileName) {
        var reader = new ConfigReader(_ -> {});
        return reader.finish(reader.tree(text, format, fileName), Path::of);
    }

    private ReadResult finish(Node.@Nullable Fields main, Function<String, Path> folder) {
        var root = main == null ? null : included(main, folder);
        if (root != null) {
            var draft = new FileBinder(problems).bind(root);
            Rules.check(draft, problems);
            if (!problems.isFaulty()) {
                var config = Assembler.assemble(draft);
                var canonical = Canonical.text(config);
                return new ReadResult.Valid(config, canonical, Canonical.hash(canonical), warnings());
            }
        }
        return new ReadResult.Invalid(inOrder(problems.faults()).stream()
                .map(fault -> new Fault(
                        fault.place().file(),
                        fault.place().path(),
                        fault.place().line(),
                        fault.message()))
                .toList());
    }

    /// By file, then by line: as somebody who corrects them goes through them.
    private static List<Problem> inOrder(List<Problem> problems) {
        var byFile = problems.stream()
                .collect(Collectors.groupingBy(
                        problem -> problem.place().file(),
                        LinkedHashMap::new,
                        Collectors.toCollection(ArrayList::new)));
        return byFile.values().stream()
                .flatMap(list -> list.stream().sorted(Comparator.comparingInt(ConfigReader::lineOrLast)))
                .toList();
    }

    private static int lineOrLast(Problem problem) {
        var line = problem.place().line();
        return line == null ? Integer.MAX_VALUE : line;
    }

    private List<Warning> warnings() {
        return inOrder(problems.warnings()).stream()
                .map(warning -> new Warning(
                        warning.place().file(),
                        warning.place().path(),
                        warning.place().line(),
                        warning.message()))
                .toList();
    }

    /// Lays the included files over the main one; null when one of them could not be read.
    private Node.@Nullable Fields included(Node.Fields main, Function<String, Path> folder) {
        var include = main.fields().get("include");
        var values = new Binder(problems).bind(OtherSettings.INCLUDE, include, main.place());
        var merged = without(main);
        var isWhole = true;
        for (var name : values.find(OtherSettings.FILES).orElse(List.of())) {
            var later = includedFile(name, values.place(OtherSettings.FILES), folder);
            isWhole &= later != null;
            merged = later == null ? merged : Merge.over(merged, later);
        }
        return isWhole ? merged : null;
    }

    private Node.@Nullable Fields includedFile(String name, Place place, Function<String, Path> folder) {
        try {
            var tree = load(folder.apply(name), place);
            if (tree != null && tree.fields().containsKey("include")) {
                problems.refuse(
                        tree.fields().get("include").place(), "an included file includes others: expected no include");
                return null;
            }
            return tree;
        } catch (InvalidPathException _) {
            problems.refuse(place, "\"" + name + "\" is not valid: expected the path of a file");
            return null;
        }
    }

    private static Node.Fields without(Node.Fields main) {
        var fields = new LinkedHashMap<>(main.fields());
        fields.remove("include");
        return new Node.Fields(main.place(), fields);
    }

    private Node.@Nullable Fields load(Path file, Place place) {
        opening.accept(file);
        try (var in = Files.newInputStream(file)) {
            var bytes = in.readNBytes(Limits.MAX_FILE_BYTES + 1);
            if (bytes.length > Limits.MAX_FILE_BYTES) {
                problems.refuse(place, "file " + file + " is larger than " + Limits.MAX_FILE_BYTES + " bytes");
                return null;
            }
            var text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return tree(text.toString(), Format.of(file.toString()), file.toString());
        } catch (NoSuchFileException _) {
            problems.refuse(place, "file " + file + " does not exist");
        } catch (CharacterCodingException _) {
            problems.refuse(place, "file " + file + " is not UTF-8");
        } catch (IOException e) {
            problems.refuse(place, "file " + file + " cannot be read: " + e);
        }
        return null;
    }

    private Node.@Nullable Fields tree(String text, Format format, String fileName) {
        if (text.length() > Limits.MAX_FILE_BYTES) {
            problems.refuse(
                    new Place(fileName, "", null), "the file is larger than " + Limits.MAX_FILE_BYTES + " bytes");
            return null;
        }
        var bare = text.startsWith("\uFEFF") ? text.substring(1) : text;
        return switch (format) {
            case YAML -> YamlTree.read(bare, fileName, problems);
            case TOML -> TomlTree.read(bare, fileName, problems);
        };
    }
}
