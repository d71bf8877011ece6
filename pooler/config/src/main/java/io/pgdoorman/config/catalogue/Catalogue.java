package io.pgdoorman.config.catalogue;

import java.util.List;

/// All tables of the file.
public final class Catalogue {

    private Catalogue() {}

    /// In the order of the reference.
    public static List<Section<?>> sections() {
        return List.of(
                GeneralSettings.S,
                WebSettings.S,
                PoolSettings.S,
                UserSettings.S,
                AuthQuerySettings.S,
                TokenIssuerSettings.S,
                TalosSettings.S,
                OtherSettings.INCLUDE);
    }
}
