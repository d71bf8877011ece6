package io.pgdoorman.config;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// A password or verifier: written in the file, or a reference to where it stands.
///
/// References are read by [#resolve()] and never while parsing, so that a file can be checked where its secrets are
/// not.
public sealed interface Secret {

    /// Longest content of a secret file that is read: a verifier has some 130 bytes.
    int MAX_BYTES = 64 * 1024;

    /// The value now, or why it cannot be had.
    Resolved resolve();

    /// The answer of [#resolve()].
    sealed interface Resolved {
        /// The secret text; it never shows in `toString`.
        record Value(String text) implements Resolved {
            @Override
            public String toString() {
                return "Value[(secret)]";
            }
        }

        /// Where it should have been and what was found there.
        record Unreadable(String reason) implements Resolved {}
    }

    /// Written in the configuration file itself.
    record Inline(String value) implements Secret {
        @Override
        public Resolved resolve() {
            return new Resolved.Value(value);
        }

        @Override
        public String toString() {
            return "(secret)";
        }
    }

    /// The content of a file, without one trailing newline.
    record FromFile(Path path) implements Secret {
        @Override
        public Resolved resolve() {
            try {
                if (Files.size(path) > MAX_BYTES) {
                    return new Resolved.Unreadable("secret file " + path + " is larger than " + MAX_BYTES + " bytes");
                }
                return new Resolved.Value(withoutNewline(Files.readString(path)));
            } catch (NoSuchFileException _) {
                return new Resolved.Unreadable("secret file " + path + " does not exist");
            } catch (MalformedInputException _) {
                return new Resolved.Unreadable("secret file " + path + " is not UTF-8");
            } catch (IOException e) {
                return new Resolved.Unreadable("secret file " + path + " cannot be read: " + e);
            }
        }

        private static String withoutNewline(String text) {
            if (text.endsWith("\r\n")) {
                return text.substring(0, text.length() - 2);
            }
            return text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
        }

        @Override
        public String toString() {
            return "{file: " + path + "}";
        }
    }

    /// The value of an environment variable of the pooler's process.
    record FromEnv(String name) implements Secret {
        @Override
        public Resolved resolve() {
            @Nullable String value = System.getenv(name);
            return value == null
                    ? new Resolved.Unreadable("environment variable " + name + " is not set")
                    : new Resolved.Value(value);
        }

        @Override
        public String toString() {
            return "{env: " + name + "}";
        }
    }
}
