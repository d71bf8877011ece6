package io.pgdoorman.config.catalogue;

import java.util.Locale;

/// The reference of all keys, as Markdown.
final class ReferenceText {

    private static final String HEAD = """
        # Configuration reference

        Generated from the catalogue of settings; do not edit. The file is YAML (`.yaml`, `.yml`) or TOML (any other
        extension) with the same keys, and is PgDoorman's file: names, units and defaults are the same unless the
        sentence says so.

        - Durations: an integer is milliseconds, or write `500ms`, `30s`, `5m`, `1h`, `1d`, everywhere. Settings in
          seconds say so; there an integer is seconds.
        - Sizes: an integer is bytes, or write `64KB`, `1MB`, `1GB` (powers of 1024).
        - Secrets: text, or a reference `{file: /absolute/path}` or `{env: NAME}` that is read at start and reload.
        - Change: *hot* is applied by a reload, *boot* needs a new process.
        - Keys that are unknown, written twice, of a wrong type or out of range are refused, all at once, with file,
          line, path and the nearest known key.
        - Support: *yes*; *accepted* means that any valid value is taken, changes nothing here and is warned of;
          *not yet* means that the key is known but refused when it asks for anything but its default.
        """;

    private ReferenceText() {}

    static String write() {
        var text = new StringBuilder(HEAD);
        Catalogue.sections().forEach(section -> write(section, text));
        return text.toString();
    }

    private static void write(Section<?> section, StringBuilder text) {
        text.append("\n## `").append(section.path()).append("`\n\n");
        text.append(section.sentence()).append("\n\n");
        text.append("| Key | Value | Default | Change | Support | Meaning |\n|---|---|---|---|---|---|\n");
        section.settings().forEach(setting -> row(setting, text));
    }

    private static <R, T> void row(Setting<R, T> setting, StringBuilder text) {
        var oldNames = setting.oldNames().isEmpty() ? "" : " Old name: " + String.join(", ", setting.oldNames()) + ".";
        var cells = new String[] {
            "`" + setting.name() + "`",
            setting.type().expected(),
            usual(setting),
            setting.changeClass().name().toLowerCase(Locale.ROOT),
            switch (setting.support()) {
                case Support.Acts<R, T> _ -> "yes";
                case Support.NoEffect<R, T> _ -> "accepted";
                case Support.NotYet<R, T> _ -> "not yet";
            },
            setting.sentence() + oldNames
        };
        text.append("| ");
        text.append(String.join(" | ", cells).replace("\n", " "));
        text.append(" |\n");
    }

    private static <T> String usual(Setting<?, T> setting) {
        return switch (setting.presence()) {
            case Presence.Default<T>(var value) -> "`" + setting.type().shown(value) + "`";
            case Presence.Required<T> _ -> "*required*";
            case Presence.Otherwise<T>(var what) -> what;
        };
    }
}
