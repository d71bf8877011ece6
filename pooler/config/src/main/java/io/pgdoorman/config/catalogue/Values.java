package io.pgdoorman.config.catalogue;

import io.pgdoorman.config.tree.Place;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What one table of a file says, typed by its settings; a faulty value is simply missing here.
public final class Values {

    private record Entry(Object value, Place place, boolean isWritten) {}

    private final Place place;
    private final Map<Setting<?, ?>, Entry> entries = new HashMap<>();

    public Values(Place place) {
        this.place = place;
    }

    public <T> void put(Setting<?, T> setting, T value, @Nullable Place written) {
        var at = written == null ? place.missing(setting.name()) : written;
        entries.put(setting, new Entry(value, at, written != null));
    }

    /// The place of the table.
    public Place place() {
        return place;
    }

    /// The place of a value, or where it would stand.
    public Place place(Setting<?, ?> setting) {
        var entry = entries.get(setting);
        return entry == null ? place.missing(setting.name()) : entry.place;
    }

    /// Whether the file says it, rather than the default.
    public boolean isWritten(Setting<?, ?> setting) {
        var entry = entries.get(setting);
        return entry != null && entry.isWritten;
    }

    /// The value written, or the default.
    @SuppressWarnings("unchecked") // put() ties the value's type to the setting's
    public <T> Optional<T> find(Setting<?, T> setting) {
        var entry = entries.get(setting);
        return entry == null ? Optional.empty() : Optional.of((T) entry.value);
    }

    /// The value of a setting that has a default or is required; only asked for when the file has no faults.
    public <T> T of(Setting<?, T> setting) {
        return find(setting).orElseThrow(() -> new IllegalStateException(place.path() + " lacks " + setting.name()));
    }
}
