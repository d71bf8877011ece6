package io.pgdoorman.config.catalogue;

import io.pgdoorman.config.ChangeClass;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A setting in the making: first what holds when it is absent, then what this version does with it.
final class Draft<R, T> {

    private final Section<R> section;
    private final String name;
    private final ValueType<T> type;
    private final ChangeClass changeClass;
    private final List<String> oldNames = new ArrayList<>();
    private Presence<T> presence = new Presence.Otherwise<>("none");
    private boolean isUnsaid;

    Draft(Section<R> section, String name, ValueType<T> type, ChangeClass changeClass) {
        this.section = section;
        this.name = name;
        this.type = type;
        this.changeClass = changeClass;
    }

    String name() {
        return name;
    }

    Draft<R, T> oldName(String old) {
        oldNames.add(old);
        return this;
    }

    /// Left out of the canonical form while it is as if it were absent. So is each key that is newer than the first
    /// operator: a file without it keeps the hash that older poolers and operators make of it.
    Draft<R, T> unsaid() {
        isUnsaid = true;
        return this;
    }

    Draft<R, T> orElse(T value) {
        presence = new Presence.Default<>(value);
        return this;
    }

    Draft<R, T> required() {
        presence = new Presence.Required<>();
        return this;
    }

    Draft<R, T> inherits(String from) {
        presence = new Presence.Otherwise<>(from);
        return this;
    }

    Setting<R, T> acts(Function<R, @Nullable T> accessor, String sentence) {
        return add(new Support.Acts<>(accessor), sentence);
    }

    Setting<R, T> noEffect(String sentence) {
        return add(new Support.NoEffect<>(), sentence);
    }

    Setting<R, T> notYet(String sentence) {
        return notYet(sentence, List.of());
    }

    /// Values besides the default that ask for nothing.
    Setting<R, T> notYet(String sentence, List<T> inert) {
        return notYet(sentence, inert, List.of());
    }

    /// Wished values ask for something that may be left out.
    Setting<R, T> notYet(String sentence, List<T> inert, List<T> wished) {
        return add(new Support.NotYet<>(inert, wished), sentence);
    }

    private Setting<R, T> add(Support<R, T> support, String sentence) {
        var setting = new Setting<>(name, oldNames, type, presence, isUnsaid, changeClass, support, sentence);
        section.add(setting);
        return setting;
    }
}
