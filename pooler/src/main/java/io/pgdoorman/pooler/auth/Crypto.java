package io.pgdoorman.pooler.auth;

import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import javax.crypto.Mac;
import javax.crypto.ShortBufferException;
import javax.crypto.spec.SecretKeySpec;

/// The digests of RFC 5802 with SHA-256, and MD5 for the old login.
final class Crypto {
    /// Length of a SHA-256 digest, hence of every SCRAM key.
    static final int KEY_LENGTH = 32;

    private static final String HMAC = "HmacSHA256";

    /// Copied for each use and never used themselves: looking for an implementation takes three times as long as what
    /// SCRAM asks of it.
    private static final Mac HMAC_SHA_256 = newMac();
    private static final MessageDigest SHA_256 = newDigest("SHA-256");
    private static final MessageDigest MD5 = newDigest("MD5");

    private static final byte[] FIRST_BLOCK = {0, 0, 0, 1};

    private Crypto() {}

    static byte[] hmac(byte[] key, byte[] data) {
        return mac(key).doFinal(data);
    }

    static byte[] sha256(byte[] data) {
        return copy(SHA_256).digest(data);
    }

    static MessageDigest md5() {
        return copy(MD5);
    }

    static byte[] xor(byte[] left, byte[] right) {
        byte[] result = new byte[left.length];
        for (int i = 0; i < result.length; i++) {
            result[i] = (byte) (left[i] ^ right[i]);
        }
        return result;
    }

    /// Hi() of RFC 5802: PBKDF2 with one output block. Written out because the JDK's takes characters, not bytes.
    static byte[] saltedPassword(byte[] password, byte[] salt, int iterations) {
        Mac mac = mac(password);
        mac.update(salt);
        byte[] round = mac.doFinal(FIRST_BLOCK);
        byte[] result = round.clone();
        try {
            for (int i = 1; i < iterations; i++) {
                mac.update(round);
                mac.doFinal(round, 0);
                for (int k = 0; k < KEY_LENGTH; k++) {
                    result[k] ^= round[k];
                }
            }
        } catch (ShortBufferException e) {
            throw new IllegalStateException("an HMAC-SHA-256 block has " + KEY_LENGTH + " bytes", e);
        }
        return result;
    }

    private static Mac mac(byte[] key) {
        try {
            Mac mac = (Mac) HMAC_SHA_256.clone();
            mac.init(key(key));
            return mac;
        } catch (CloneNotSupportedException | InvalidKeyException e) {
            throw missing(HMAC, e);
        }
    }

    /// HMAC pads its key with zeros, so one zero byte is the empty key that the JDK refuses to build.
    private static SecretKeySpec key(byte[] key) {
        return new SecretKeySpec(key.length == 0 ? new byte[1] : key, HMAC);
    }

    private static Mac newMac() {
        try {
            Mac mac = Mac.getInstance(HMAC);
            mac.init(key(new byte[0])); // chooses who computes it
            return mac;
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw missing(HMAC, e);
        }
    }

    private static MessageDigest newDigest(String name) {
        try {
            return MessageDigest.getInstance(name);
        } catch (NoSuchAlgorithmException e) {
            throw missing(name, e);
        }
    }

    private static MessageDigest copy(MessageDigest unused) {
        try {
            return (MessageDigest) unused.clone();
        } catch (CloneNotSupportedException e) {
            throw missing(unused.getAlgorithm(), e);
        }
    }

    private static IllegalStateException missing(String name, Exception cause) {
        return new IllegalStateException("every JDK has " + name, cause);
    }
}
