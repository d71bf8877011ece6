package io.pgdoorman.config.read;

import io.pgdoorman.config.catalogue.Catalogue;
import io.pgdoorman.config.catalogue.Presence;
import io.pgdoorman.config.catalogue.Section;
import io.pgdoorman.config.catalogue.Setting;
import io.pgdoorman.config.catalogue.Support;
import io.pgdoorman.config.catalogue.Values;
import io.pgdoorman.config.tree.Node;
import io.pgdoorman.config.tree.Place;
import io.pgdoorman.config.tree.Problems;
import java.util.ArrayList;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Turns tables of the file into typed values by the catalogue, noting every fault on the way.
final class Binder {

    private final Problems problems;

    Binder(Problems problems) {
        this.problems = problems;
    }

    /// The values of a table; an absent one gives the defaults.
    Values bind(Section<?> section, @Nullable Node node, Place place) {
        var values = new Values(node == null ? place : node.place());
        var fields = fields(node);
        for (var setting : section.settings()) {
            bind(setting, fields, values);
        }
        if (fields != null) {
            refuseUnknown(section, fields);
        }
        return values;
    }

    /// The node as a map; null when absent, or when it is something else and that was noted.
    Node.@Nullable Fields fields(@Nullable Node node) {
        return switch (node) {
            case null -> null;
            case Node.Fields fields -> fields;
            case Node.Scalar scalar when scalar.isNull() -> null;
            case Node.Scalar _, Node.Items _ -> {
                problems.refuse(node.place(), node.kindName() + " stands here: expected a map");
                yield null;
            }
        };
    }

    private <T> void bind(Setting<?, T> setting, Node.@Nullable Fields fields, Values values) {
        var node = fields == null ? null : find(setting, fields);
        if (node == null) {
            switch (setting.presence()) {
                case Presence.Default<T>(var value) -> values.put(setting, value, null);
                case Presence.Required<T> _
                when setting.support() instanceof Support.Acts ->
                    problems.refuse(
                            values.place().missing(setting.name()),
                            "missing: expected " + setting.type().expected());
                case Presence.Required<T> _, Presence.Otherwise<T> _ -> {}
            }
            return;
        }
        var value = setting.type().parse(node, problems);
        if (value != null) {
            judge(setting, value, node.place());
            values.put(setting, value, node.place());
        }
    }

    private @Nullable Node find(Setting<?, ?> setting, Node.Fields fields) {
        var found = fields.fields().get(setting.name());
        for (var old : setting.oldNames()) {
            var node = fields.fields().get(old);
            if (node == null) {
                continue;
            }
            if (found == null) {
                found = node;
                problems.warn(node.place(), "an old name: write " + setting.name());
            } else {
                problems.refuse(node.place(), "an old name of " + setting.name() + ", which is written as well");
            }
        }
        return found == null || found.isNull() ? null : found;
    }

    private <R, T> void judge(Setting<R, T> setting, T value, Place place) {
        var isDefault = setting.presence() instanceof Presence.Default<T>(var usual) && usual.equals(value);
        switch (setting.support()) {
            case Support.Acts<R, T> _ -> {}
            case Support.NoEffect<R, T> _
            when !isDefault -> problems.warn(place, "accepted, but has no effect. " + setting.sentence());
            case Support.NoEffect<R, T> _ -> {}
            case Support.NotYet<R, T>(var inert, var wished)
            when !isDefault && !inert.contains(value) -> {
                if (wished.contains(value)) {
                    problems.warn(place, "known, not supported yet: goes on without. " + setting.sentence());
                } else {
                    problems.refuse(place, "known, not supported yet: " + allowed(setting, inert));
                }
            }
            case Support.NotYet<R, T> _ -> {}
        }
    }

    private static <R, T> String allowed(Setting<R, T> setting, Iterable<T> inert) {
        var values = new ArrayList<T>();
        if (setting.presence() instanceof Presence.Default<T>(var usual)) {
            values.add(usual);
        }
        inert.forEach(value -> {
            if (!values.contains(value)) {
                values.add(value);
            }
        });
        return values.isEmpty()
                ? "expected the key to be absent"
                : "expected " + values.stream().map(setting.type()::shown).collect(Collectors.joining(" or "));
    }

    void refuseUnknown(Section<?> section, Node.Fields fields) {
        fields.fields().forEach((key, node) -> {
            if (!section.tables().contains(key) && section.find(key).isEmpty()) {
                problems.refuse(node.place().ofUnknown(key), "unknown key" + hint(section, key));
            }
        });
    }

    private static String hint(Section<?> section, String key) {
        var names = new ArrayList<>(section.tables());
        section.settings().forEach(setting -> names.add(setting.name()));
        var near = Nearest.to(key, names);
        if (near.isPresent()) {
            return ": did you mean " + near.get() + "?";
        }
        return Catalogue.sections().stream()
                .filter(other -> other.find(key).isPresent())
                .findFirst()
                .map(other -> ": it belongs to " + other.path())
                .orElse("");
    }
}
