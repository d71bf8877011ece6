package io.pgdoorman.pooler.admin;

/// Remembers the filter, and refuses one.
final class FakeLogLevels implements LogLevels {

    static final String REFUSED = "loud";

    private String filter = "info";

    @Override
    public String shown() {
        return filter;
    }

    @Override
    public void set(String changed) {
        if (changed.equals(REFUSED)) {
            throw new IllegalArgumentException("\"loud\" is no log level");
        }
        filter = changed;
    }
}
