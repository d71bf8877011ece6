package io.pgdoorman.pooler.client;

import io.netty.channel.Channel;
import io.pgdoorman.pooler.server.ServerConnection;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/// A client's life as events of the JVM's flight recorder: accepted, logged in, a server lent and returned, left. While
/// nobody records, each costs a look at a flag, and before anybody did the recorder is not even loaded: its first event
/// would be a tenth of a start. No text of a query is in them.
final class ClientEvents {
    /// Asked whether anybody records their kinds, which is the same for each event of a class: so a transaction that
    /// nobody records makes none.
    private static final class Any {
        private static final Lent LENT = new Lent();
        private static final Returned RETURNED = new Returned();
    }

    private ClientEvents() {}

    static void accepted(Channel channel) {
        if (!FlightRecorder.isInitialized()) {
            return;
        }
        var event = new Accepted();
        if (event.isEnabled()) {
            event.address = String.valueOf(channel.remoteAddress());
            event.commit();
        }
    }

    static void loggedIn(LoggedIn client) {
        if (!FlightRecorder.isInitialized()) {
            return;
        }
        var event = new Entered();
        if (event.isEnabled()) {
            var now = client.snapshot();
            event.client = now.id();
            event.database = now.database();
            event.user = now.user();
            event.application = now.applicationName();
            event.address = now.address();
            event.commit();
        }
    }

    /// @param waitedNanos how long the client waited for it
    static void lent(LoggedIn client, ServerConnection server, long waitedNanos) {
        if (FlightRecorder.isInitialized() && Any.LENT.isEnabled()) {
            var event = new Lent();
            event.client = client.id();
            event.server = server.id();
            event.pid = server.pid();
            event.waited = waitedNanos;
            event.commit();
        }
    }

    /// @param ends whether the server ends, as its client left in the middle of something
    static void returned(LoggedIn client, ServerConnection server, boolean ends) {
        if (FlightRecorder.isInitialized() && Any.RETURNED.isEnabled()) {
            var event = new Returned();
            event.client = client.id();
            event.server = server.id();
            event.pid = server.pid();
            event.ends = ends;
            event.commit();
        }
    }

    static void left(LoggedIn client) {
        if (!FlightRecorder.isInitialized()) {
            return;
        }
        var event = new Left();
        if (event.isEnabled()) {
            var now = client.snapshot();
            event.client = now.id();
            event.transactions = now.transactions();
            event.queries = now.queries();
            event.commit();
        }
    }

    @Name("io.pgdoorman.ClientAccepted")
    @Label("Client Accepted")
    @Category("Doorman")
    @StackTrace(false)
    static final class Accepted extends Event {
        @Label("Address")
        String address = "";
    }

    @Name("io.pgdoorman.ClientLoggedIn")
    @Label("Client Logged In")
    @Category("Doorman")
    @StackTrace(false)
    static final class Entered extends Event {
        @Label("Client")
        long client;

        @Label("Database")
        String database = "";

        @Label("User")
        String user = "";

        @Label("Application")
        String application = "";

        @Label("Address")
        String address = "";
    }

    @Name("io.pgdoorman.ServerLent")
    @Label("Server Lent")
    @Category("Doorman")
    @StackTrace(false)
    static final class Lent extends Event {
        @Label("Client")
        long client;

        @Label("Server")
        long server;

        @Label("Process of PostgreSQL")
        int pid;

        @Label("Waited")
        @Description("How long the client waited for the server")
        @Timespan
        long waited;
    }

    @Name("io.pgdoorman.ServerReturned")
    @Label("Server Returned")
    @Category("Doorman")
    @StackTrace(false)
    static final class Returned extends Event {
        @Label("Client")
        long client;

        @Label("Server")
        long server;

        @Label("Process of PostgreSQL")
        int pid;

        @Label("Ends")
        @Description("Whether the server ends, as its client left in the middle of something")
        boolean ends;
    }

    @Name("io.pgdoorman.ClientLeft")
    @Label("Client Left")
    @Category("Doorman")
    @StackTrace(false)
    static final class Left extends Event {
        @Label("Client")
        long client;

        @Label("Transactions")
        long transactions;

        @Label("Queries")
        long queries;
    }
}
