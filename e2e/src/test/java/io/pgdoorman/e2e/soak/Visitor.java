package io.pgdoorman.e2e.soak;

import io.pgdoorman.e2e.soak.Errand.Call;
import java.net.Socket;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// A client that connects, runs errands, leaves in an orderly way or not, and comes again.
///
/// @param isSession whether its pool gives it a server for itself
record Visitor(String database, String user, boolean isSession, int port, Tally tally, Random random) {

    private static final int MOST_ERRANDS = 200;
    private static final int MOST_PAUSE_MILLIS = 25;

    /// What a client may be told when its server was killed or PostgreSQL is not there.
    private static final Set<String> LOSSES = Set.of("57P01", "57P02", "57P03");

    Runnable until(BooleanSupplier isOver) {
        return () -> {
            while (!isOver.getAsBoolean()) {
                visit(isOver);
            }
        };
    }

    private void visit(BooleanSupplier isOver) {
        try (var connection = open()) {
            work(connection, BreakableSockets.last(), isOver);
        } catch (SQLException e) {
            lostOrWrong("login", e);
            rest(200);
        }
    }

    private void work(Connection connection, Socket socket, BooleanSupplier isOver) throws SQLException {
        @Nullable String token = null;
        for (int left = random.nextInt(MOST_ERRANDS); left > 0 && !isOver.getAsBoolean(); left--) {
            var errand = Errand.any(random);
            var question = "%s-%s-%x".formatted(user, errand, random.nextLong());
            var call = new Call(connection, socket, question, token, random, tally);
            if (!goes(errand, call)) {
                return;
            }
            if (isSession && errand == Errand.STATE) {
                token = question;
            }
            rest(MOST_PAUSE_MILLIS);
        }
    }

    /// Whether the client lives on.
    private boolean goes(Errand errand, Call call) {
        try {
            errand.run(call);
            tally.done(errand.name());
            return errand != Errand.DIE;
        } catch (SQLException e) {
            if (errand != Errand.DIE) {
                lostOrWrong(errand.name(), e);
            } else {
                tally.done(errand.name());
            }
            return false;
        } catch (AssertionError e) {
            tally.wrong(errand + " as " + user + ": " + e.getMessage());
            return false;
        } catch (Exception e) {
            if (errand == Errand.DIE) {
                tally.done(errand.name());
            } else {
                tally.wrong(errand + " as " + user + ": " + e);
            }
            return false;
        }
    }

    private void lostOrWrong(String what, SQLException e) {
        var state = e.getSQLState() == null ? "" : e.getSQLState();
        if (state.startsWith("08") || LOSSES.contains(state)) {
            tally.lost(state);
        } else {
            tally.wrong("%s as %s: %s %s".formatted(what, user, state, e.getMessage()));
        }
    }

    private void rest(int mostMillis) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(mostMillis)));
    }

    private Connection open() throws SQLException {
        var properties = new Properties();
        properties.setProperty("user", user);
        properties.setProperty("password", SoakE2E.PASSWORD);
        properties.setProperty("socketFactory", BreakableSockets.class.getName());
        properties.setProperty("prepareThreshold", "" + (1 + random.nextInt(4)));
        properties.setProperty("preparedStatementCacheQueries", "" + random.nextInt(40));
        properties.setProperty("ApplicationName", "soak " + random.nextInt(5));
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port + "/" + database, properties);
    }
}
