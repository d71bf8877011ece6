package io.pgdoorman.pooler.auth;

/// Makes tokens that stand in the place of a password. Any thread; costs milliseconds.
public interface TokenSigner {
    /// One for this user, good from now on and for a short while.
    String tokenFor(String user) throws AuthException;
}
