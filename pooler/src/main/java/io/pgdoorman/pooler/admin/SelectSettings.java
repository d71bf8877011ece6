package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.client.AdminConsole.Answer;
import io.pgdoorman.pooler.wire.Column;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The select on pg_settings that psql sends when Tab is pressed after SHOW or SET: answered with what SHOW can
/// show. And that of a number, which health checks send.
///
/// The query differs between versions of psql, but all compare the name with the typed prefix, by `=` or by LIKE.
final class SelectSettings implements Command {

    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}");

    private static final String TABLE = "pg_settings";

    /// Tokens between an operator and the text, as `pg_catalog.lower(` and the `E` of an escaped text.
    private static final int MOST_BETWEEN = 4;

    private final Supplier<List<String>> shown;

    SelectSettings(Supplier<List<String>> shown) {
        this.shown = shown;
    }

    @Override
    public String name() {
        return "select";
    }

    @Override
    public String usage() {
        return "SELECT name FROM pg_settings";
    }

    @Override
    public boolean changesNothing(List<Token> arguments) {
        return true;
    }

    @Override
    public boolean isListed() {
        return false;
    }

    @Override
    public List<Column> columns(List<Token> arguments) {
        return List.of(isNumber(arguments) ? Column.number("?column?") : Column.text("name"));
    }

    @Override
    public CompletionStage<Answer> run(List<Token> arguments) {
        if (isNumber(arguments)) {
            var number = arguments.getFirst().text();
            return CompletableFuture.completedFuture(
                    new Answer.Rows(List.of(ShowTable.row((Object) number)), "SELECT 1"));
        }
        var isOnSettings = arguments.stream().anyMatch(token -> isTable(token.folded()));
        return CompletableFuture.completedFuture(
                isOnSettings ? new Answer.Rows(rows(prefixIn(arguments)), "SELECT") : Refusals.noTables());
    }

    /// What health checks ask.
    private static boolean isNumber(List<Token> arguments) {
        return arguments.size() == 1
                && arguments.getFirst() instanceof Token.Word(var text)
                && NUMBER.matcher(text).matches();
    }

    private static boolean isTable(String name) {
        return name.equals(TABLE) || name.endsWith("." + TABLE);
    }

    private static String prefixIn(List<Token> arguments) {
        for (var at = 0; at < arguments.size(); at++) {
            if (arguments.get(at) instanceof Token.Literal(var text) && isCompared(arguments.subList(0, at))) {
                return text.replace("\\", "").replace("%", "").toLowerCase(Locale.ROOT);
            }
        }
        return "";
    }

    /// Whether the tokens before a text end with LIKE or an equals sign, perhaps with a function around the text.
    private static boolean isCompared(List<Token> before) {
        for (var token : before.subList(Math.max(before.size() - MOST_BETWEEN, 0), before.size())
                .reversed()) {
            if (token instanceof Token.Literal) {
                return false;
            }
            if (token.folded().equals("like") || token.text().equals("=")) {
                return !isNegated(before, token);
            }
        }
        return false;
    }

    private static boolean isNegated(List<Token> before, Token operator) {
        var at = before.lastIndexOf(operator);
        return at > 0 && before.get(at - 1).text().equals("!");
    }

    private List<List<@Nullable String>> rows(String prefix) {
        return shown.get().stream()
                .filter(name -> name.startsWith(prefix))
                .map(name -> ShowCommand.row(name))
                .toList();
    }
}
