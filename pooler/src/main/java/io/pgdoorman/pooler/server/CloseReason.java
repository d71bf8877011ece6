package io.pgdoorman.pooler.server;

/// Why a connection to PostgreSQL ended; each close has one, for logs and `SHOW`.
public enum CloseReason {
    LIFETIME("server_lifetime reached"),
    IDLE("idle_timeout reached"),
    RECONNECT("RECONNECT or a changed server address"),
    ROLE("it is no longer what target_session_attrs asks for"),
    ADDRESS_GONE("its host's name no longer leads to its address"),
    UNNEEDED("it was opened to see who is there"),
    FALLBACK_LIFETIME("fallback_lifetime reached"),
    RETIRED("its pool was removed"),
    SHRUNK("pool_size was lowered"),
    KILLED("KILL of its database"),
    EVICTED("max_db_connections: another user of the database needs a server"),
    CANCEL_LOST("a cancel request for it was not acknowledged, and could hit its next client"),
    PEER("closed by PostgreSQL"),
    PROTOCOL("unexpected message from PostgreSQL"),
    CLIENT_GONE("client left in the middle of a reply"),
    RESET_FAILED("session could not be reset"),
    LIBRARIES("a client loaded a library into it"),
    PROBE_FAILED("no answer to the idle check"),
    TIMEOUT("no answer in time"),
    SHUTDOWN("pooler is shutting down"),
    INTERNAL("error in the pooler");

    private final String text;

    CloseReason(String text) {
        this.text = text;
    }

    public String text() {
        return text;
    }
}
