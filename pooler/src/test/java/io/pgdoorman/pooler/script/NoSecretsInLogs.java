package io.pgdoorman.pooler.script;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// No test class ends well that brought a secret of any test into the log, at whatever level. JUnit finds it by
/// `META-INF/services`.
public final class NoSecretsInLogs implements AfterAllCallback {
    @Override
    public void afterAll(ExtensionContext context) {
        var lines = SecretsFound.take();
        if (!lines.isEmpty()) {
            throw new AssertionError(lines.size() + " lines of the log hold a secret: "
                    + String.join("\n", lines.subList(0, Math.min(5, lines.size()))));
        }
    }
}
