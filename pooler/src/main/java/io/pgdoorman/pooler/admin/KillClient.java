package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.client.AdminConsole.Answer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// KILL_CLIENT: ends one client and the server that works for it.
final class KillClient implements Command {

    /// As SHOW CLIENTS has it, or the number alone.
    private static final Pattern ID = Pattern.compile("(?:#?c)?([0-9]{1,18})");

    private final AdminActions actions;

    KillClient(AdminActions actions) {
        this.actions = actions;
    }

    @Override
    public String name() {
        return "kill_client";
    }

    @Override
    public String usage() {
        return "KILL_CLIENT client_id";
    }

    @Override
    public CompletionStage<Answer> run(List<Token> arguments) {
        return CompletableFuture.completedFuture(answer(arguments));
    }

    private Answer answer(List<Token> arguments) {
        var written = arguments.stream().map(Token::text).collect(Collectors.joining());
        var id = ID.matcher(written);
        if (!id.matches()) {
            return arguments.isEmpty()
                    ? Refusals.malformed(usage())
                    : Refusals.unexpected(arguments.getLast(), usage() + " as SHOW CLIENTS has it");
        }
        return actions.killClient(Long.parseLong(id.group(1)))
                ? new Answer.Done("KILL_CLIENT")
                : Refusals.unknownClient(written);
    }
}
