package io.pgdoorman.pooler.door;

import java.util.Locale;

/// One thing that a peer does.
///
/// @param words what a file of the corpus says behind the verb
/// @param twist 0 for as it is meant; else how the bytes are spoilt, see [Twist]
record Deed(Verb verb, String words, long twist) {
    /// Everything that can be done.
    enum Verb {
        /// These bytes, with escapes as in Java.
        BYTES,
        /// The same as hexadecimal digits.
        HEX,
        /// A startup packet with these parameters, `name=value`.
        STARTUP,
        /// A message of a tag, and its body with a right length.
        MESSAGE,
        /// SASLInitialResponse of a mechanism with that data.
        SASL,
        /// SASLInitialResponse of a user with that password.
        SCRAM_FIRST,
        /// The proof to what was heard last.
        SCRAM_LAST,
        /// The answer to AuthenticationMD5Password, of a user with that password.
        MD5,
        /// A good token of a user, as a password.
        TOKEN,
        /// The same by OAUTHBEARER.
        BEARER,
        /// A TLS handshake of this side, with these application protocols; from then on all is encrypted.
        TLS,
        /// These bytes beneath the encryption.
        BENEATH,
        /// Waits for one byte.
        HEAR_BYTE,
        /// Waits for a message.
        HEAR,
        /// Waits until it may ask.
        HEAR_READY,
        /// Nothing more will be sent.
        FIN,
        /// The connection is reset.
        RESET;

        static Verb of(String word) {
            return valueOf(word.replace('-', '_').toUpperCase(Locale.ROOT));
        }

        boolean sends() {
            return this != HEAR && this != HEAR_BYTE && this != HEAR_READY && this != FIN && this != RESET;
        }
    }

    Deed twisted(long how) {
        return new Deed(verb, words, how);
    }

    @Override
    public String toString() {
        var word = verb.name().toLowerCase(Locale.ROOT).replace('_', '-');
        return (word + " " + words).strip() + (twist == 0 ? "" : " # twist " + twist);
    }
}
