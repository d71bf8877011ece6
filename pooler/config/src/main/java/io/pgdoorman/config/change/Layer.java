package io.pgdoorman.config.change;

import io.pgdoorman.config.catalogue.Presence;
import io.pgdoorman.config.catalogue.Section;
import io.pgdoorman.config.catalogue.Setting;
import io.pgdoorman.config.catalogue.Support;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One table of the file, before and after, and the table it inherits from.
record Layer<R>(
        String path,
        Section<R> section,
        R old,
        R now,
        @Nullable Layer<?> parent) {

    Layer(String path, Section<R> section, R old, R now) {
        this(path, section, old, now, null);
    }

    Layer<R> inheriting(Layer<?> from) {
        return new Layer<>(path, section, old, now, from);
    }

    void addChanges(List<ConfigChange> changes) {
        section.settings().forEach(setting -> compare(setting, changes));
    }

    private <T> void compare(Setting<R, T> setting, List<ConfigChange> changes) {
        if (!(setting.support() instanceof Support.Acts<R, T>(var accessor))) {
            return;
        }
        var before = accessor.apply(old);
        var after = accessor.apply(now);
        if (!Objects.equals(before, after) && !isInherited(setting, before, after)) {
            changes.add(new ConfigChange.SettingChanged(
                    path + "." + setting.name(),
                    before == null ? null : setting.type().shown(before),
                    after == null ? null : setting.type().shown(after),
                    setting.changeClass()));
        }
    }

    private boolean isInherited(Setting<R, ?> setting, @Nullable Object before, @Nullable Object after) {
        return parent != null
                && setting.presence() instanceof Presence.Otherwise
                && parent.says(setting.name(), before, after);
    }

    private boolean says(String name, @Nullable Object before, @Nullable Object after) {
        return section.find(name)
                .filter(setting -> says(setting, before, after))
                .isPresent();
    }

    private <T> boolean says(Setting<R, T> setting, @Nullable Object before, @Nullable Object after) {
        return setting.support() instanceof Support.Acts<R, T>(var accessor)
                && Objects.equals(accessor.apply(old), before)
                && Objects.equals(accessor.apply(now), after);
    }
}
