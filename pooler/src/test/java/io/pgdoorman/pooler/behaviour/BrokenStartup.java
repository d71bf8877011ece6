package io.pgdoorman.pooler.behaviour;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

/// First packets that no client should send.
enum BrokenStartup {
    NOTHING(""),
    ONE_BYTE("\0"),
    LENGTH_ONLY("\0\0\0\10"),
    LENGTH_ZERO("\0\0\0\0\0\3\0\0"),
    LENGTH_TOO_SMALL("\0\0\0\7\0\3\0"),
    LENGTH_NEGATIVE("\u00ff\u00ff\u00ff\u00ff\0\3\0\0"),
    LENGTH_TOO_LARGE("\0\1\0\0\0\3\0\0"),
    LENGTH_HUGE("\u007f\u00ff\u00ff\u00ff\0\3\0\0"),
    PROTOCOL_TWO("\0\0\0\10\0\2\0\0"),
    PROTOCOL_FOUR("\0\0\0\11\0\4\0\0\0"),
    PROTOCOL_NONSENSE("\0\0\0\10abcd"),
    WITHOUT_TERMINATOR("\0\0\0\11\0\3\0\0x"),
    WITHOUT_PARAMETERS("\0\0\0\11\0\3\0\0\0"),
    NO_BODY("\0\0\0\10\0\3\0\0"),
    USER_WITHOUT_VALUE("\0\0\0\16\0\3\0\0user\0\0"),
    USER_EMPTY("\0\0\0\17\0\3\0\0user\0\0\0"),
    BYTES_AFTER_THE_TERMINATOR("\0\0\0\24\0\3\0\0user\0app\0\0xx"),
    CANCEL_WITHOUT_KEY("\0\0\0\10\4\u00d2\26\56"),
    CANCEL_WITH_HALF_A_KEY("\0\0\0\14\4\u00d2\26\56\0\0\0\1"),
    CANCEL_OF_NOBODY("\0\0\0\20\4\u00d2\26\56\0\0\0\1\0\0\0\2"),
    HTTP("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    TLS("\26\3\1\0\u00a5\1\0\0\u00a1\3\3");

    private final String bytes;

    BrokenStartup(String bytes) {
        this.bytes = bytes;
    }

    byte[] bytes() {
        return bytes.getBytes(ISO_8859_1);
    }
}
