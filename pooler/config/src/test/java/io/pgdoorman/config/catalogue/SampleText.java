package io.pgdoorman.config.catalogue;

import java.util.Map;

/// A file that says all defaults, with every sentence as a comment.
final class SampleText {

    private static final String HEAD = """
        # A sample that says all defaults, generated from the catalogue of settings; do not edit.
        # What is behind a # may be left out as well: it shows what holds then. A whole file can be as short as
        #
        #   general: {admin_password: {env: ADMIN_PASSWORD}}
        #   pools:
        #     shop: {users: [{username: app, password: {env: APP_PASSWORD}, pool_size: 40}]}
        """;

    private static final Map<Setting<?, ?>, String> EXAMPLES = Map.of(
            GeneralSettings.ADMIN_PASSWORD, "{env: ADMIN_PASSWORD}",
            UserSettings.USERNAME, "app",
            UserSettings.PASSWORD, "{env: APP_PASSWORD}",
            UserSettings.POOL_SIZE, "40");

    private final StringBuilder text = new StringBuilder(HEAD);

    private SampleText() {}

    static String write() {
        var sample = new SampleText();
        sample.table("", "general:", GeneralSettings.S, "  ");
        sample.table("", "web:", WebSettings.S, "  ");
        sample.text.append("\npools:\n");
        sample.table("  ", "shop:", PoolSettings.S, "    ");
        sample.table("    ", "users:", UserSettings.S, "        ");
        return sample.text.toString();
    }

    private void table(String indent, String head, Section<?> section, String inner) {
        text.append('\n');
        text.append(indent).append("# ").append(section.sentence()).append('\n');
        text.append(indent).append(head).append('\n');
        var isList = section.path().endsWith("[]");
        var prefix = isList ? indent + "  -" : null;
        for (var setting : section.settings()) {
            if (setting.support() instanceof Support.Acts) {
                if (prefix != null) {
                    text.append(prefix).append('\n');
                    prefix = null;
                }
                setting(setting, inner);
            }
        }
    }

    private <T> void setting(Setting<?, T> setting, String indent) {
        text.append(indent).append("# ").append(setting.sentence()).append('\n');
        var example = EXAMPLES.get(setting);
        var line = switch (setting.presence()) {
            case Presence.Default<T>(var value) ->
                setting.name() + ": " + setting.type().shown(value);
            case Presence.Required<T> _ -> setting.name() + ": " + example;
            case Presence.Otherwise<T>(var what) -> "# " + setting.name() + ": (" + what + ")";
        };
        text.append(indent).append(line).append('\n');
    }
}
