package io.pgdoorman.pooler.script;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// All that may differ between two sessions which are told the same: what is masked before answers are compared, and
/// why. Nothing else is. One object for all that one client hears.
public final class Normalisation {
    /// Objects that no initdb made have larger ids (FirstNormalObjectId).
    private static final int FIRST_OWN_OID = 16384;

    private final Map<Integer, Integer> oids = new HashMap<>();
    private boolean greeted;

    /// The replies of one or more steps, in order.
    public List<Reply> of(List<Reply> replies) {
        List<Reply> normal = new ArrayList<>();
        for (var reply : replies) {
            normal.add(masked(reply));
            if (!greeted && reply.tag() == 'Z') {
                greeted = true;
                sortGreeting(normal);
            }
        }
        return normal;
    }

    /// Up to the first ReadyForQuery: PostgreSQL reports parameters in the order of its own hash table, which the
    /// manual leaves open.
    private static void sortGreeting(List<Reply> normal) {
        var parameters = normal.stream()
                .filter(reply -> reply.tag() == 'S')
                .sorted(Comparator.comparing(Reply::body))
                .toList();
        normal.removeIf(reply -> reply.tag() == 'S');
        normal.addAll(0, parameters);
    }

    private Reply masked(Reply reply) {
        return switch (reply.tag()) {
            // The pooler gives keys of its own, and no two sessions share one.
            case 'K' -> new Reply('K', "masked");
            // The process id of the notifying session.
            case 'A' -> new Reply('A', "pid." + reply.body().substring(4));
            // File, line and routine in PostgreSQL's source: the pooler's own errors have none.
            case 'E', 'N' -> new Reply(reply.tag(), reply.body().replaceAll("\0[FLR][^\0]*", ""));
            // Tables and types made since are numbered anew each time.
            case 'T' -> latin1(rowDescription(reply.bytes()), 'T');
            case 't' -> latin1(parameterDescription(reply.bytes()), 't');
            default -> reply;
        };
    }

    private byte[] rowDescription(byte[] body) {
        var fields = ByteBuffer.wrap(body);
        for (int n = fields.getShort(); n > 0; n--) {
            while (fields.get() != 0) {
                // the name of the field
            }
            number(fields, fields.position());
            number(fields, fields.position() + 6);
            fields.position(fields.position() + 18);
        }
        return body;
    }

    private byte[] parameterDescription(byte[] body) {
        var types = ByteBuffer.wrap(body);
        for (int at = 2; at < body.length; at += Integer.BYTES) {
            number(types, at);
        }
        return body;
    }

    private void number(ByteBuffer body, int at) {
        int oid = body.getInt(at);
        if (oid >= FIRST_OWN_OID) {
            body.putInt(at, FIRST_OWN_OID + oids.computeIfAbsent(oid, _ -> oids.size()));
        }
    }

    private static Reply latin1(byte[] body, char tag) {
        return new Reply(tag, new String(body, StandardCharsets.ISO_8859_1));
    }
}
