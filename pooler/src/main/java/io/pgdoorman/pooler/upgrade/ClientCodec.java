package io.pgdoorman.pooler.upgrade;

import io.pgdoorman.pooler.cancel.CancelKey;
import io.pgdoorman.pooler.client.HandedOverClient;
import io.pgdoorman.pooler.prepare.ClientStatements;
import io.pgdoorman.pooler.relay.KnownParameters;
import io.pgdoorman.pooler.session.ParameterSet;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// A client as bytes, see [Message#CLIENTS] for its version.
final class ClientCodec {
    /// Name, tail, scope and dirt of a statement take at least that.
    private static final int LEAST_STATEMENT = 4 + 4 + 8 + 4;

    private ClientCodec() {}

    static void write(HandedOverClient handedOver, MessageWriter pen) {
        var person = handedOver.person();
        pen.text(person.database());
        pen.text(person.poolUser());
        pen.text(person.user());
        pen.text(person.applicationName());
        pen.longNumber(person.ageNanos());
        pen.longNumber(person.curfewMillis());
        var parameters = handedOver.parameters();
        pen.texts(parameters.initial().values());
        pen.texts(parameters.greeting());
        pen.texts(parameters.wanted().values());
        pen.texts(parameters.toldSince());
        pen.number(handedOver.statements().size());
        handedOver.statements().forEach(statement -> {
            pen.bytes(statement.name());
            pen.bytes(statement.tail());
            pen.longNumber(statement.scope());
            pen.number(statement.dirt());
        });
        pen.number(handedOver.key().pid());
        pen.bytes(handedOver.key().secret());
    }

    static HandedOverClient read(MessageReader reading) throws IOException {
        var person = new HandedOverClient.Person(
                reading.text(),
                reading.text(),
                reading.text(),
                reading.text(),
                reading.longNumber(),
                reading.longNumber());
        var parameters = new KnownParameters(
                ParameterSet.of(reading.texts()), reading.texts(), ParameterSet.of(reading.texts()), reading.texts());
        var statements = statements(reading);
        return new HandedOverClient(person, parameters, statements, key(reading));
    }

    private static List<HandedOverClient.Prepared> statements(MessageReader reading) throws IOException {
        int count = reading.count(LEAST_STATEMENT);
        var statements = new ArrayList<HandedOverClient.Prepared>(count);
        for (int i = 0; i < count; i++) {
            var name = reading.bytes(ClientStatements.MAX_NAME);
            statements.add(
                    new HandedOverClient.Prepared(name, reading.bytes(), reading.longNumber(), reading.number()));
        }
        return statements;
    }

    private static CancelKey key(MessageReader reading) throws IOException {
        int pid = reading.number();
        var secret = reading.bytes(MessageCodec.MAX_SECRET);
        if (secret.length < CancelKey.SHORT_SECRET) {
            throw new IOException("a cancel key of " + secret.length + " bytes");
        }
        return new CancelKey(pid, secret);
    }
}
