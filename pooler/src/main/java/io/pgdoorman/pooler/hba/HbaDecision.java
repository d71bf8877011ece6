package io.pgdoorman.pooler.hba;

/// What the rules say about a login.
///
/// @param file where the rule stands that decided
/// @param line its number; 0 when no rule fits or none is written
public record HbaDecision(HbaMethod method, HbaOptions options, String file, int line) {
    /// No rule fits.
    static final HbaDecision NONE = ofNoLine(HbaMethod.NO_MATCH);

    static HbaDecision ofNoLine(HbaMethod method) {
        return new HbaDecision(method, HbaOptions.NONE, "", 0);
    }
}
