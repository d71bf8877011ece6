package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.admin.AdminActions.Ending;
import io.pgdoorman.pooler.client.AdminConsole.Answer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// SHUTDOWN: ends the process, as SIGTERM does or when nobody needs it any more; answered at once.
final class Shutdown implements Command {

    private static final Map<String, Ending> ENDINGS =
            Map.of("wait_for_servers", Ending.SERVERS_FREE, "wait_for_clients", Ending.CLIENTS_LEFT);

    private final AdminActions actions;

    Shutdown(AdminActions actions) {
        this.actions = actions;
    }

    @Override
    public String name() {
        return "shutdown";
    }

    @Override
    public String usage() {
        return "SHUTDOWN [WAIT_FOR_SERVERS|WAIT_FOR_CLIENTS]";
    }

    @Override
    public CompletionStage<Answer> run(List<Token> arguments) {
        return CompletableFuture.completedFuture(answer(arguments));
    }

    private Answer answer(List<Token> arguments) {
        var ending = arguments.isEmpty()
                ? Ending.DRAIN
                : ENDINGS.get(arguments.getFirst().folded());
        if (ending == null || arguments.size() > 1) {
            return Refusals.unexpected(arguments.getLast(), usage());
        }
        actions.shutdown(ending);
        return new Answer.Done("SHUTDOWN");
    }
}
