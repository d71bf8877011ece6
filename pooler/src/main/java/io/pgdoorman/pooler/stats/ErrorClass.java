package io.pgdoorman.pooler.stats;

/// The kinds of errors that are counted apart, by SQLSTATE class or code, as PgDoorman counts them.
public enum ErrorClass {
    CONNECTION("08"),
    RESOURCES("53"),
    INTERVENTION("57"),
    FAILED_TRANSACTION("25P02"),
    UNKNOWN_STATEMENT("26000"),
    OTHER("other");

    private final String label;

    ErrorClass(String label) {
        this.label = label;
    }

    /// The class or code itself, as metrics show it.
    public String label() {
        return label;
    }

    /// Its place among the counters of a pool, which live no longer than the process.
    @SuppressWarnings("EnumOrdinal")
    int index() {
        return ordinal();
    }

    static ErrorClass of(String sqlState) {
        if (sqlState.length() != 5) {
            return OTHER;
        }
        if (sqlState.startsWith("08")) {
            return CONNECTION;
        }
        if (sqlState.startsWith("53")) {
            return RESOURCES;
        }
        if (sqlState.startsWith("57")) {
            return INTERVENTION;
        }
        if (sqlState.equals("25P02")) {
            return FAILED_TRANSACTION;
        }
        return sqlState.equals("26000") ? UNKNOWN_STATEMENT : OTHER;
    }
}
