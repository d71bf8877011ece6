package io.pgdoorman.pooler.auth;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;

/// PostgreSQL's md5 login: md5(md5(password + user) + salt), both in hexadecimal.
public final class Md5Auth {
    /// Length of the salt in AuthenticationMD5Password.
    public static final int SALT_LENGTH = 4;

    private static final String PREFIX = "md5";

    private Md5Auth() {}

    /// The form in which PostgreSQL stores it: `md5` and 32 hexadecimal digits.
    public static String hash(String user, String password) {
        MessageDigest md5 = Crypto.md5();
        md5.update(password.getBytes(StandardCharsets.UTF_8));
        return PREFIX + HexFormat.of().formatHex(md5.digest(user.getBytes(StandardCharsets.UTF_8)));
    }

    /// The text of the PasswordMessage, without its terminator.
    public static byte[] response(String md5Hash, byte[] salt) {
        MessageDigest md5 = Crypto.md5();
        md5.update(md5Hash.substring(PREFIX.length()).getBytes(StandardCharsets.US_ASCII));
        return (PREFIX + HexFormat.of().formatHex(md5.digest(salt))).getBytes(StandardCharsets.US_ASCII);
    }

    /// Compares in constant time the text of a PasswordMessage, without its terminator.
    public static boolean matches(String md5Hash, byte[] salt, byte[] response) {
        return MessageDigest.isEqual(response(md5Hash, salt), response);
    }
}
