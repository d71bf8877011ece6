package io.pgdoorman.pooler.dialogue;

import io.pgdoorman.pooler.script.Reply;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// What is not compared in random scripts, because nobody relies on it.
///
/// Which statement an error names: it may be another of the client's names for the same text, or the pooler's own where
/// a later message of the same write took the name away. And whether a failed transaction refuses a Bind for its
/// number of values or for itself: a statement that the server lacks is refused before its parameters are looked at.
final class Forgiving {
    private final Set<String> failed = new HashSet<>();

    private Forgiving() {}

    static List<List<Reply>> seen(Script script, List<List<Reply>> heard) {
        var forgiving = new Forgiving();
        var steps = Performance.curtain(script);
        List<List<Reply>> seen = new ArrayList<>();
        for (int i = 0; i < heard.size(); i++) {
            if (steps.get(i).isNewConnection()) {
                forgiving.failed.remove(steps.get(i).client());
            }
            seen.add(forgiving.seen(steps.get(i).client(), heard.get(i)));
        }
        return seen;
    }

    private List<Reply> seen(String client, List<Reply> replies) {
        List<Reply> seen = new ArrayList<>();
        int round = 0;
        for (var reply : replies) {
            seen.add(nameless(reply));
            if (reply.tag() == 'Z') {
                boolean fails = reply.body().equals("E");
                if (fails && failed.contains(client)) {
                    seen.subList(round, seen.size() - 1).removeIf(Forgiving::isRefusal);
                }
                if (fails) {
                    failed.add(client);
                } else {
                    failed.remove(client);
                }
                round = seen.size();
            }
        }
        return seen;
    }

    private static boolean isRefusal(Reply reply) {
        return reply.tag() == 'E'
                && (reply.body().contains("C25P02") || reply.body().contains("Mbind message "));
    }

    private static Reply nameless(Reply reply) {
        return reply.tag() == 'E'
                ? new Reply('E', reply.body().replaceAll("prepared statement \"[^\"]*\"", "prepared statement"))
                : reply;
    }
}
