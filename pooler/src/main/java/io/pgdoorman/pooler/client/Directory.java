package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.auth.OutsideCheck;
import io.pgdoorman.pooler.auth.Verifier;
import io.pgdoorman.pooler.gss.Tickets;
import io.pgdoorman.pooler.hba.HbaDecision;
import io.pgdoorman.pooler.hba.HbaRequest;
import io.pgdoorman.pooler.hba.HbaRules;
import io.pgdoorman.pooler.hba.IdentMaps;
import io.pgdoorman.pooler.hba.Surroundings;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Who may log in to what, as the live configuration says; replaced as a whole by a reload.
///
/// @param databases accounts by database and user
/// @param admin the console's user and what it has to prove
/// @param newcomers by database, where users are looked up who have no account
/// @param readOnly by database, the pool of those who only read
public record Directory(
        Map<String, Map<String, Account>> databases,
        Access access,
        Admin admin,
        Map<String, Newcomers> newcomers,
        Map<String, String> readOnly) {
    /// Names under which the console is reached, as PgDoorman's and PgBouncer's tools expect.
    private static final Set<String> CONSOLE = Set.of("pgdoorman", "pgbouncer");

    /// The rules, and whom they ask about the world around.
    ///
    /// @param checks of the rules whose method asks outside
    /// @param talos of the user `talos`; null where nothing is configured for it
    /// @param tickets null where no rule asks for one
    public record Access(
            HbaRules rules,
            IdentMaps maps,
            Surroundings surroundings,
            Map<HbaDecision, OutsideCheck> checks,
            @Nullable OutsideCheck talos,
            @Nullable Tickets tickets) {
        public Access {
            checks = Map.copyOf(checks);
        }

        /// Without checks yet.
        public static Access of(HbaRules rules, IdentMaps maps, Surroundings surroundings) {
            return new Access(rules, maps, surroundings, Map.of(), null, null);
        }

        /// With those.
        public Access asking(
                Map<HbaDecision, OutsideCheck> others, @Nullable OutsideCheck ofTalos, @Nullable Tickets ofGss) {
            return new Access(rules, maps, surroundings, others, ofTalos, ofGss);
        }

        /// Whether some rule lets in who can prove what it demands.
        boolean letsIn(HbaRequest request) {
            return switch (rules.decide(request, surroundings).method()) {
                case REJECT, NO_MATCH -> false;
                case TRUST, MD5, SCRAM_SHA_256, PASSWORD, JWT, OAUTH, LDAP, PAM, RADIUS, GSS, CERT, PEER, IDENT -> true;
            };
        }

        Tickets ticketsOf(HbaDecision decision) {
            if (tickets == null) {
                throw new IllegalStateException("nobody checks tickets for " + decision.file() + ":" + decision.line());
            }
            return tickets;
        }

        OutsideCheck checkOf(HbaDecision decision) {
            var check = checks.get(decision);
            if (check == null) {
                throw new IllegalStateException("no check was made for " + decision.file() + ":" + decision.line());
            }
            return check;
        }
    }

    /// The user name under which PgDoorman's clients show role tokens.
    static final String TALOS = "talos";

    /// The console's accounts.
    ///
    /// @param watchers those who may look and change nothing
    public record Admin(String user, Verifier verifier, Map<String, Verifier> watchers) {
        public Admin {
            watchers = Map.copyOf(watchers);
        }

        @Nullable
        Verifier verifierOf(String name) {
            return user.equals(name) ? verifier : watchers.get(name);
        }

        /// What somebody may do who has proven to have this name, or null.
        AdminConsole.@Nullable Rights rightsOf(String name) {
            return user.equals(name)
                    ? AdminConsole.Rights.ALL
                    : watchers.containsKey(name) ? AdminConsole.Rights.SHOW : null;
        }
    }

    boolean isConsole(String database) {
        return CONSOLE.contains(database) && !databases.containsKey(database);
    }

    boolean hasDatabase(String database) {
        return databases.containsKey(database);
    }

    /// The pool that serves a walsender without a database. Tools name none, or `replication`: then it is the only one
    /// of the user's.
    String poolFor(String database, String user) {
        if (account(database, user) != null) {
            return database;
        }
        var ofUser = databases.entrySet().stream()
                .filter(pool -> pool.getValue().containsKey(user))
                .map(Map.Entry::getKey)
                .filter(pool -> !readOnly.containsValue(pool))
                .toList();
        return ofUser.size() == 1 ? ofUser.getFirst() : database;
    }

    /// The names by which clients ask for a pool: its own, and that of the database whose read-only pool it is.
    Stream<String> namesOf(String pool) {
        return Stream.concat(
                Stream.of(pool),
                readOnly.entrySet().stream()
                        .filter(entry -> entry.getValue().equals(pool))
                        .map(Map.Entry::getKey));
    }

    /// Who looks the user up; null where that is not done, or not for this one.
    @Nullable
    Newcomers newcomers(String database, String user) {
        boolean isKnown = account(database, user) != null || (access.talos() != null && user.equals(TALOS));
        return isKnown ? null : newcomers.get(database);
    }

    @Nullable
    Account account(String database, String user) {
        return databases.getOrDefault(database, Map.of()).get(user);
    }

    /// What is stored about a user anywhere: for an unknown database the password still decides what the
    /// client is told.
    @Nullable
    Verifier verifierOf(String database, String user) {
        if (isConsole(database)) {
            return admin.verifierOf(user);
        }
        var account = account(database, user);
        if (account != null) {
            return account.verifier();
        }
        var talos = access.talos();
        if (talos != null && user.equals(TALOS)) {
            return new Verifier.Outside(talos);
        }
        if (hasDatabase(database)) {
            return null;
        }
        for (var users : databases.values()) {
            var elsewhere = users.get(user);
            if (elsewhere != null) {
                return elsewhere.verifier();
            }
        }
        return null;
    }
}
