package io.pgdoorman.pooler.client;

/// What clients of one pool get answered without a server, as the live configuration says.
///
/// @param deferBegin a BEGIN is answered before a server is taken
record Shortcuts(boolean deferBegin, CheckQuery check) {
    static final Shortcuts NONE = new Shortcuts(false, new CheckQuery(";"));

    Shortcuts with(boolean defer, String checkQuery) {
        return new Shortcuts(defer, check.text().equals(checkQuery) ? check : new CheckQuery(checkQuery));
    }

    /// Without the answer of a PostgreSQL that may be another now.
    Shortcuts forgotten() {
        return new Shortcuts(deferBegin, new CheckQuery(check.text()));
    }
}
