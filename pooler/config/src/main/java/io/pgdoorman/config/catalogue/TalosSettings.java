package io.pgdoorman.config.catalogue;

import static io.pgdoorman.config.catalogue.Types.path;
import static io.pgdoorman.config.catalogue.Types.text;

import io.pgdoorman.config.TalosConfig;
import java.nio.file.Path;
import java.util.List;

/// `talos`.
public final class TalosSettings {
    public static final Section<TalosConfig> S = new Section<>(
            "talos",
            "Ozon's role tokens: the user talos shows one as its password and becomes the pool's user owner, read_write"
                    + " or read_only by its strongest role in the database that it asks for. (PgDoorman takes the roles"
                    + " of all databases in the token.)");

    public static final Setting<TalosConfig, List<Path>> KEYS = S.hot("keys", new ListType<>(path()))
            .orElse(List.of())
            .acts(
                    TalosConfig::keys,
                    "Files of public keys (PEM); the kid of a token is the name of its key's file without folder and"
                            + " extension.");
    public static final Setting<TalosConfig, List<String>> DATABASES = S.hot("databases", new ListType<>(text()))
            .orElse(List.of())
            .acts(TalosConfig::databases, "Databases that such tokens let in to.");

    private TalosSettings() {}
}
