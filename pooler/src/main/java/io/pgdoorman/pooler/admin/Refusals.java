package io.pgdoorman.pooler.admin;

/// The errors that the console makes.
final class Refusals {

    private static final String SYNTAX_ERROR = "42601";
    private static final String NOT_SUPPORTED = "0A000";
    private static final String UNKNOWN_DATABASE = "3D000";
    private static final String CANCELED = "57014";
    private static final String CONFIG_FILE_ERROR = "F0000";
    private static final String INTERNAL_ERROR = "XX000";

    private static final int MOST_QUOTED = 64;

    private Refusals() {}

    static Reply unexpected(Token token, String usage) {
        return new Reply.Failed(SYNTAX_ERROR, "unexpected \"" + shortened(token.text()) + "\", expected " + usage);
    }

    static Reply unknownCommand(String asked, String nearest) {
        return new Reply.Failed(
                SYNTAX_ERROR,
                "unknown command \"" + shortened(asked) + "\", the nearest is " + nearest
                        + "; SHOW HELP lists them all");
    }

    static Reply severalCommands() {
        return new Reply.Failed(SYNTAX_ERROR, "several commands in one query string, expected one");
    }

    static Reply notSupportedYet(String command) {
        return new Reply.Failed(NOT_SUPPORTED, command + " is known, but not supported yet");
    }

    static Reply unknownDatabase(String database) {
        return new Reply.Failed(UNKNOWN_DATABASE, "database \"" + shortened(database) + "\" has no pool");
    }

    static Reply reloadRefused(String reason) {
        return new Reply.Failed(CONFIG_FILE_ERROR, "reload refused, the old configuration stays live: " + reason);
    }

    static Reply overtaken(String command) {
        return new Reply.Failed(CANCELED, command + " was ended by another command before it was complete");
    }

    static Reply internal() {
        return new Reply.Failed(INTERNAL_ERROR, "internal error of the pooler; its log tells more");
    }

    /// What a client sent, bounded before it goes into a message.
    private static String shortened(String text) {
        return text.length() > MOST_QUOTED ? text.substring(0, MOST_QUOTED) + "…" : text;
    }
}
