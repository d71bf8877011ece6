package io.pgdoorman.operator.plan;

import io.pgdoorman.operator.child.ConfigVersion;
import io.pgdoorman.operator.child.StoredConfig;
import io.pgdoorman.operator.render.Renderer;

/// A stored configuration that somebody edited, as it was: where nothing was rendered just now that tells how it should
/// be, the one of its two copies that still has its hash does.
final class Mended {

    private Mended() {}

    static StoredConfig of(StoredConfig stored) {
        var current = stored.current();
        var lastGood = stored.lastGood();
        if (lastGood == null || lastGood.text().equals(current.text())) {
            return stored;
        }
        var isSame = lastGood.hash().equals(current.hash());
        if (isWhole(lastGood) && !isWhole(current)) {
            return stored.reverted(lastGood);
        }
        return isSame && isWhole(current) && !isWhole(lastGood) ? stored.reverted(current) : stored;
    }

    private static boolean isWhole(ConfigVersion version) {
        return version.hash().equals(Renderer.hash(version.text()));
    }
}
