package io.pgdoorman.pooler.auth;

import java.nio.charset.StandardCharsets;

/// Reads the attributes of one SCRAM message (RFC 5802 section 5.1) in order and as strictly as PostgreSQL does.
///
/// Bytes are read as Latin-1, so that the text gives back exactly the bytes that both sides sign.
final class ScramText {
    private final String text;
    private int at;

    /// Takes a whole message of at most `limit` bytes.
    ScramText(byte[] message, int limit) throws AuthException {
        if (message.length == 0) {
            throw AuthException.malformed("The message is empty.");
        }
        if (message.length > limit) {
            throw AuthException.malformed("The message has " + message.length + " bytes, the limit is " + limit + ".");
        }
        text = new String(message, StandardCharsets.ISO_8859_1);
        if (text.indexOf('\0') >= 0) {
            throw AuthException.malformed("Message length does not match input length.");
        }
    }

    int position() {
        return at;
    }

    boolean atEnd() {
        return at == text.length();
    }

    String from(int start) {
        return text.substring(start);
    }

    String between(int start, int end) {
        return text.substring(start, end);
    }

    /// The next character, or NUL at the end.
    char peek() {
        return atEnd() ? '\0' : text.charAt(at);
    }

    void skip() {
        at++;
    }

    void comma() throws AuthException {
        if (peek() != ',') {
            throw AuthException.malformed("Comma expected, but found character \"" + printable(peek()) + "\".");
        }
        at++;
    }

    /// The value of the attribute that must stand here, and steps over the comma after it.
    String attribute(char name) throws AuthException {
        if (peek() != name) {
            throw AuthException.malformed(
                    "Expected attribute \"" + name + "\" but found \"" + printable(peek()) + "\".");
        }
        at++;
        return value(name);
    }

    /// Steps over one attribute that nobody knows, and tells its name.
    char anyAttribute() throws AuthException {
        char name = peek();
        if (atEnd()) {
            throw AuthException.malformed("Attribute expected, but found end of string.");
        }
        if (!isLetter(name)) {
            throw AuthException.malformed(
                    "Attribute expected, but found invalid character \"" + printable(name) + "\".");
        }
        at++;
        value(name);
        return name;
    }

    private String value(char name) throws AuthException {
        if (peek() != '=') {
            throw AuthException.malformed("Expected character \"=\" for attribute \"" + name + "\".");
        }
        at++;
        int comma = text.indexOf(',', at);
        int end = comma < 0 ? text.length() : comma;
        String value = text.substring(at, end);
        at = comma < 0 ? end : end + 1;
        return value;
    }

    private static boolean isLetter(char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    }

    static String printable(char c) {
        return c >= 0x21 && c <= 0x7e ? String.valueOf(c) : "0x%02x".formatted((int) c);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
