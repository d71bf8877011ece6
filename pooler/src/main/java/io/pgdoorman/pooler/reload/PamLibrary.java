package io.pgdoorman.pooler.reload;

import io.pgdoorman.pooler.pam.Pam;
import io.pgdoorman.pooler.pam.PamException;
import org.jspecify.annotations.Nullable;

/// This machine's PAM, loaded when a configuration first wants it, and once. Guarded by the reloader's lock.
final class PamLibrary {
    private @Nullable Pam loaded;

    Pam load() throws PamException {
        var pam = loaded;
        if (pam == null) {
            pam = Pam.load();
            loaded = pam;
        }
        return pam;
    }
}
