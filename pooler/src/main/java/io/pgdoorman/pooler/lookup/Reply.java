package io.pgdoorman.pooler.lookup;

/// What PostgreSQL said about one user.
sealed interface Reply {
    /// One row.
    ///
    /// @param verifier empty for NULL
    /// @param parameters of PostgreSQL, as JSON; empty for none
    record Row(String verifier, String parameters) implements Reply {
        @Override
        public String toString() {
            return "Row[***]";
        }
    }

    record NoRow() implements Reply {}

    /// The query is not what it should be, or was not answered in time.
    record Failed(String reason) implements Reply {}

    /// The connection ended under the question.
    record Lost() implements Reply {}
}
