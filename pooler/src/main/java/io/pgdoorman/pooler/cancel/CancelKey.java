package io.pgdoorman.pooler.cancel;

/// What a client needs to cancel its query: told in BackendKeyData, sent back in a CancelRequest.
@SuppressWarnings("ArrayRecordComponent") // compared by the registry only, in constant time
public record CancelKey(int pid, byte[] secret) {
    /// Of protocol 3.0.
    public static final int SHORT_SECRET = 4;

    /// Of protocol 3.2, as PostgreSQL 18 makes them.
    public static final int LONG_SECRET = 32;

    @Override
    public String toString() {
        return "CancelKey[" + pid + ", ***]";
    }
}
