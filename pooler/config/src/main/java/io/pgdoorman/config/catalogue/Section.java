package io.pgdoorman.config.catalogue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pgdoorman.config.ChangeClass;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The keys of one table of the file; filled while its catalogue class is initialised and fixed from then on.
public final class Section<R> {

    private final String path;
    private final String sentence;
    private final List<String> tables;
    private final List<Setting<R, ?>> settings = new ArrayList<>();

    Section(String path, String sentence, String... tables) {
        this.path = path;
        this.sentence = sentence;
        this.tables = List.of(tables);
    }

    /// Where the table stands, such as `pools.<name>.users[]`.
    public String path() {
        return path;
    }

    public String sentence() {
        return sentence;
    }

    /// Keys below which further tables stand; the reader goes there itself.
    public List<String> tables() {
        return tables;
    }

    public List<Setting<R, ?>> settings() {
        return Collections.unmodifiableList(settings);
    }

    /// The setting of that name, whether present or old.
    public Optional<Setting<R, ?>> find(String name) {
        return settings.stream()
                .filter(setting ->
                        setting.name().equals(name) || setting.oldNames().contains(name))
                .findFirst();
    }

    /// All that has effect, in canonical form.
    ///
    /// @param above all that has effect ([#whole]) in tables from which it inherits, by what [Heir] calls them
    public ObjectNode canonical(R owner, Map<String, ObjectNode> above) {
        var json = JsonNodeFactory.instance.objectNode();
        settings.forEach(setting -> {
            var value = value(setting, owner);
            if (value != null && !(setting.isUnsaid() && value.equals(absent(setting, above)))) {
                json.set(setting.name(), value);
            }
        });
        return json;
    }

    /// All that has effect, said or not.
    public ObjectNode whole(R owner) {
        var json = JsonNodeFactory.instance.objectNode();
        settings.forEach(setting -> {
            var value = value(setting, owner);
            if (value != null) {
                json.set(setting.name(), value);
            }
        });
        return json;
    }

    private static <R, T> @Nullable JsonNode value(Setting<R, T> setting, R owner) {
        if (setting.support() instanceof Support.Acts<R, T>(var accessor)) {
            var value = accessor.apply(owner);
            return value == null ? null : setting.type().canonical(value);
        }
        return null;
    }

    /// What holds when the key is absent, null where that is not one value.
    private static <R, T> @Nullable JsonNode absent(Setting<R, T> setting, Map<String, ObjectNode> above) {
        return switch (setting.presence()) {
            case Presence.Default<T>(var value) -> setting.type().canonical(value);
            case Presence.Otherwise<T>(var what) ->
                above.entrySet().stream()
                        .filter(table -> what.startsWith(table.getKey()))
                        .findFirst()
                        .map(table -> table.getValue()
                                .get(what.substring(table.getKey().length())))
                        .orElse(null);
            case Presence.Required<T> _ -> null;
        };
    }

    <T> Draft<R, T> hot(String name, ValueType<T> type) {
        return new Draft<>(this, name, type, ChangeClass.HOT);
    }

    <T> Draft<R, T> boot(String name, ValueType<T> type) {
        return new Draft<>(this, name, type, ChangeClass.BOOT);
    }

    void add(Setting<R, ?> setting) {
        settings.add(setting);
    }
}
