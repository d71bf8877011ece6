package io.pgdoorman.pooler.upgrade;

import io.pgdoorman.pooler.cancel.CancelKey;
import io.pgdoorman.pooler.client.Luggage;
import io.pgdoorman.pooler.prepare.ClientStatements;
import io.pgdoorman.pooler.relay.KnownParameters;
import io.pgdoorman.pooler.session.ParameterSet;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// A client as bytes, see [Letter#CLIENTS] for its version.
final class LuggageFormat {
    /// Name, tail, scope and dirt of a statement take at least that.
    private static final int LEAST_STATEMENT = 4 + 4 + 8 + 4;

    private LuggageFormat() {}

    static void write(Luggage luggage, Pen pen) {
        var person = luggage.person();
        pen.text(person.database());
        pen.text(person.poolUser());
        pen.text(person.user());
        pen.text(person.applicationName());
        pen.longNumber(person.ageNanos());
        pen.longNumber(person.curfewMillis());
        var parameters = luggage.parameters();
        pen.texts(parameters.initial().values());
        pen.texts(parameters.greeting());
        pen.texts(parameters.wanted().values());
        pen.texts(parameters.toldSince());
        pen.number(luggage.statements().size());
        luggage.statements().forEach(statement -> {
            pen.bytes(statement.name());
            pen.bytes(statement.tail());
            pen.longNumber(statement.scope());
            pen.number(statement.dirt());
        });
        pen.number(luggage.key().pid());
        pen.bytes(luggage.key().secret());
    }

    static Luggage read(Reading reading) throws IOException {
        var person = new Luggage.Person(
                reading.text(),
                reading.text(),
                reading.text(),
                reading.text(),
                reading.longNumber(),
                reading.longNumber());
        var parameters = new KnownParameters(
                ParameterSet.of(reading.texts()), reading.texts(), ParameterSet.of(reading.texts()), reading.texts());
        var statements = statements(reading);
        return new Luggage(person, parameters, statements, key(reading));
    }

    private static List<Luggage.Prepared> statements(Reading reading) throws IOException {
        int count = reading.count(LEAST_STATEMENT);
        var statements = new ArrayList<Luggage.Prepared>(count);
        for (int i = 0; i < count; i++) {
            var name = reading.bytes(ClientStatements.MAX_NAME);
            statements.add(new Luggage.Prepared(name, reading.bytes(), reading.longNumber(), reading.number()));
        }
        return statements;
    }

    private static CancelKey key(Reading reading) throws IOException {
        int pid = reading.number();
        var secret = reading.bytes(LetterFormat.MAX_SECRET);
        if (secret.length < CancelKey.SHORT_SECRET) {
            throw new IOException("a cancel key of " + secret.length + " bytes");
        }
        return new CancelKey(pid, secret);
    }
}
