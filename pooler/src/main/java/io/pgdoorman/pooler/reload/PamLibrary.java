package io.pgdoorman.pooler.reload;

import io.pgdoorman.pooler.pam.Pam;
import io.pgdoorman.pooler.pam.PamException;
import org.jspecify.annotations.Nullable;

/// This machine's PAM, loaded when a configuration first wants it, and once. Guarded by the reloader's lock.
final class PamLibrary {
    private final String name;
    private @Nullable Pam loaded;

    PamLibrary(String name) {
        this.name = name;
    }

    Pam load() throws PamException {
        var pam = loaded;
        if (pam == null) {
            pam = Pam.load(name);
            loaded = pam;
        }
        return pam;
    }
}
