package io.pgdoorman.pooler.app;

import io.pgdoorman.config.ChangeClass;
import io.pgdoorman.config.catalogue.GeneralSettings;
import io.pgdoorman.config.catalogue.Presence;
import io.pgdoorman.config.catalogue.Section;
import io.pgdoorman.config.catalogue.Setting;
import io.pgdoorman.config.catalogue.Support;
import io.pgdoorman.config.catalogue.WebSettings;
import io.pgdoorman.pooler.admin.ConfigView;
import io.pgdoorman.pooler.reload.Reloader;
import java.util.ArrayList;
import java.util.List;

/// The live values of `general` and `web` for SHOW CONFIG, from the same catalogue that reads the file.
final class ConfigTable implements ConfigView {
    private final Reloader reloader;

    ConfigTable(Reloader reloader) {
        this.reloader = reloader;
    }

    @Override
    public List<Parameter> parameters() {
        var config = reloader.live().config();
        var rows = new ArrayList<Parameter>();
        add(rows, GeneralSettings.S, config.general());
        add(rows, WebSettings.S, config.web());
        return rows;
    }

    private static <R> void add(List<Parameter> rows, Section<R> section, R record) {
        for (Setting<R, ?> setting : section.settings()) {
            addOne(rows, section.path(), setting, record);
        }
    }

    private static <R, T> void addOne(List<Parameter> rows, String section, Setting<R, T> setting, R record) {
        if (setting.support() instanceof Support.Acts<R, T>(var accessor)) {
            var value = accessor.apply(record);
            if (value != null) {
                rows.add(new Parameter(
                        section + "." + setting.name(),
                        setting.type().shown(value),
                        fallback(setting),
                        setting.changeClass() == ChangeClass.HOT));
            }
        }
    }

    private static <R, T> String fallback(Setting<R, T> setting) {
        return setting.presence() instanceof Presence.Default<T>(var value)
                ? setting.type().shown(value)
                : "";
    }
}
