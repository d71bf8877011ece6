package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.client.AdminConsole.Answer;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.SqlState;

/// The errors that the console makes.
final class Refusals {

    private static final int MOST_QUOTED = 64;

    private Refusals() {}

    static Answer.Failed unexpected(Token token, String usage) {
        return failed(SqlState.SYNTAX_ERROR, "unexpected \"" + shortened(token.text()) + "\", expected " + usage);
    }

    static Answer.Failed malformed(String usage) {
        return failed(SqlState.SYNTAX_ERROR, "expected " + usage);
    }

    static Answer.Failed unknownCommand(String asked, String nearest) {
        return failed(
                SqlState.SYNTAX_ERROR,
                "unknown command \"" + shortened(asked) + "\", the nearest is " + nearest
                        + "; SHOW HELP lists them all");
    }

    static Answer.Failed severalCommands() {
        return failed(SqlState.SYNTAX_ERROR, "several commands in one query string, expected one");
    }

    static Answer.Failed notSupportedYet(String command) {
        return failed(SqlState.FEATURE_NOT_SUPPORTED, command + " is known, but not supported yet");
    }

    static Answer.Failed notAllowed(String command) {
        return failed(
                SqlState.INSUFFICIENT_PRIVILEGE,
                "permission denied for " + command
                        + ": this user may look, but not at descriptors and query texts, and change nothing");
    }

    static Answer.Failed invalidLogLevel(String reason) {
        return failed(SqlState.INVALID_PARAMETER_VALUE, reason);
    }

    static Answer.Failed noTables() {
        return failed(
                SqlState.FEATURE_NOT_SUPPORTED,
                "the console has no tables: SELECT is answered for a number, and for pg_settings, where psql looks for"
                        + " names; SHOW HELP lists what there is");
    }

    static Answer.Failed unknownDatabase(String database) {
        return failed(SqlState.INVALID_CATALOG_NAME, "database \"" + shortened(database) + "\" has no pool");
    }

    static Answer.Failed reloadRefused(String reason) {
        return failed(SqlState.CONFIG_FILE_ERROR, "reload refused, the old configuration stays live: " + reason);
    }

    static Answer.Failed upgradeFailed(String reason) {
        return failed(SqlState.OBJECT_NOT_READY, "the upgrade failed, this process goes on: " + reason);
    }

    static Answer.Failed unknownClient(String id) {
        return failed(SqlState.UNDEFINED_OBJECT, "client \"" + shortened(id) + "\" is not connected");
    }

    static Answer.Failed overtaken(String command) {
        return failed(SqlState.QUERY_CANCELED, command + " was ended by another command before it was complete");
    }

    static Answer.Failed internal() {
        return failed(SqlState.INTERNAL_ERROR, "internal error of the pooler; its log tells more");
    }

    static Answer.Failed failed(String sqlState, String message) {
        return new Answer.Failed(PgError.error(sqlState, message));
    }

    /// What a client sent, bounded before it goes into a message.
    private static String shortened(String text) {
        return text.length() > MOST_QUOTED ? text.substring(0, MOST_QUOTED) + "…" : text;
    }
}
