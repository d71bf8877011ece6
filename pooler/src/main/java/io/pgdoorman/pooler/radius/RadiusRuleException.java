package io.pgdoorman.pooler.radius;

/// Options of a rule that name no RADIUS server one could ask.
@SuppressWarnings("serial")
public final class RadiusRuleException extends Exception {
    RadiusRuleException(String message) {
        super(message, null, false, false);
    }

    /// The message, which is always there.
    public String text() {
        return String.valueOf(getMessage());
    }
}
