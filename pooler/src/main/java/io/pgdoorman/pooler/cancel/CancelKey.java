package io.pgdoorman.pooler.cancel;

/// What a client needs to cancel its query: told in BackendKeyData, sent back in a CancelRequest.
public record CancelKey(int pid, int secret) {
    @Override
    public String toString() {
        return "CancelKey[" + pid + ", ***]";
    }
}
