package io.pgdoorman.pooler.auth;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/// Base64 as PostgreSQL reads it: padded, no white space, and a wrong text is a value instead of an exception.
final class Base64Text {
    private Base64Text() {}

    static String encode(byte[] data) {
        return Base64.getEncoder().encodeToString(data);
    }

    static byte @Nullable [] decode(String text) {
        if (text.length() % 4 != 0) {
            return null;
        }
        int end = text.length();
        for (int i = 0; i < 2 && end > 0 && text.charAt(end - 1) == '='; i++) {
            end--;
        }
        for (int i = 0; i < end; i++) {
            if (!isDigit(text.charAt(i))) {
                return null;
            }
        }
        return Base64.getDecoder().decode(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static boolean isDigit(char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
    }
}
