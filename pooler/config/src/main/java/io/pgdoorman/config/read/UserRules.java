package io.pgdoorman.config.read;

import io.pgdoorman.config.Secret;
import io.pgdoorman.config.UserConfig;
import io.pgdoorman.config.catalogue.ParametersType;
import io.pgdoorman.config.catalogue.PoolSettings;
import io.pgdoorman.config.catalogue.Setting;
import io.pgdoorman.config.catalogue.UserSettings;
import io.pgdoorman.config.catalogue.Values;
import io.pgdoorman.config.tree.Problems;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// What must hold for the users of one pool.
final class UserRules {

    /// PostgreSQL's MAX_STARTUP_PACKET_LENGTH.
    private static final int MAX_STARTUP_PACKET = 10_000;

    private static final Pattern MD5 = Pattern.compile("md5[0-9a-f]{32}");
    private static final Pattern SCRAM = Pattern.compile(
            "SCRAM-SHA-256\\$[1-9]\\d{0,8}:[A-Za-z0-9+/]+={0,2}\\$[A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=");

    private final String pool;
    private final Values poolValues;
    private final Map<String, String> parameters;
    private final Problems problems;

    UserRules(String pool, Values poolValues, Map<String, String> parameters, Problems problems) {
        this.pool = pool;
        this.poolValues = poolValues;
        this.parameters = parameters;
        this.problems = problems;
    }

    void check(List<Values> users) {
        var first = new HashMap<String, String>();
        for (var user : users) {
            user.find(UserSettings.USERNAME).ifPresent(name -> {
                var before = first.putIfAbsent(name, user.place().path());
                if (before != null) {
                    problems.refuse(
                            user.place(UserSettings.USERNAME),
                            "\"" + name + "\" is the username of " + before + " as well: expected another one");
                }
            });
            sizes(user);
            startupPacket(user);
            password(user);
            previous(user);
            serverLogin(user);
        }
    }

    private void sizes(Values user) {
        var most = user.find(UserSettings.POOL_SIZE);
        var least = user.find(UserSettings.MIN_POOL_SIZE);
        if (most.isPresent() && least.isPresent() && least.get() > most.get()) {
            problems.refuse(
                    user.place(UserSettings.MIN_POOL_SIZE),
                    least.get() + " is more than pool_size: expected at most " + most.get());
        }
    }

    private void startupPacket(Values user) {
        var role = user.find(UserSettings.SERVER_USERNAME).or(() -> user.find(UserSettings.USERNAME));
        if (role.isEmpty()) {
            return;
        }
        // length, version, three pairs, the parameters, a terminator
        var bytes = 4
                + 4
                + pair("user", role.get())
                + pair("database", poolValues.find(PoolSettings.SERVER_DATABASE).orElse(pool))
                + pair(
                        "application_name",
                        poolValues.find(PoolSettings.APPLICATION_NAME).orElse(""))
                + ParametersType.bytes(parameters)
                + 1;
        if (bytes > MAX_STARTUP_PACKET) {
            problems.refuse(
                    user.place(),
                    "the startup packet has " + bytes + " bytes: PostgreSQL takes at most " + MAX_STARTUP_PACKET);
        }
    }

    private static int pair(String name, String value) {
        return ParametersType.bytes(name) + ParametersType.bytes(value);
    }

    private void password(Values user) {
        if (!(user.find(UserSettings.PASSWORD).orElse(null) instanceof Secret.Inline(var text))) {
            return;
        }
        if (text.equals(UserConfig.TOKEN_KEY_FILE)) {
            problems.refuse(user.place(UserSettings.PASSWORD), "ends where the path of a public key is expected");
        }
        refuse(user, UserSettings.PASSWORD, text, UserConfig.SIGNING_KEY_FILE);
        if (text.startsWith("SCRAM-SHA-256$") && !SCRAM.matcher(text).matches()) {
            problems.refuse(
                    user.place(UserSettings.PASSWORD),
                    "the value (not shown) begins like a SCRAM verifier but is none: expected"
                            + " SCRAM-SHA-256$iterations:salt$storedkey:serverkey");
        }
        if (text.startsWith("md5") && !MD5.matcher(text).matches()) {
            problems.warn(
                    user.place(UserSettings.PASSWORD),
                    "begins like an md5 hash but is none (md5 and 32 hex digits): taken as plain text");
        }
    }

    private void previous(Values user) {
        if (user.isWritten(UserSettings.PREVIOUS_UNTIL) && !user.isWritten(UserSettings.PREVIOUS_PASSWORD)) {
            problems.refuse(user.place(UserSettings.PREVIOUS_UNTIL), "stands without previous_password: expected both");
        }
        if (user.isWritten(UserSettings.PREVIOUS_PASSWORD) && user.isWritten(UserSettings.PAM_SERVICE)) {
            problems.warn(
                    user.place(UserSettings.PREVIOUS_PASSWORD), "accepted, but has no effect beside auth_pam_service");
        }
        if (user.find(UserSettings.PREVIOUS_PASSWORD).orElse(null) instanceof Secret.Inline(var text)) {
            refuse(user, UserSettings.PREVIOUS_PASSWORD, text, UserConfig.TOKEN_KEY_FILE);
            refuse(user, UserSettings.PREVIOUS_PASSWORD, text, UserConfig.SIGNING_KEY_FILE);
        }
    }

    private void serverLogin(Values user) {
        if (user.find(UserSettings.SERVER_PASSWORD).orElse(null) instanceof Secret.Inline(var text)) {
            refuse(user, UserSettings.SERVER_PASSWORD, text, UserConfig.TOKEN_KEY_FILE);
            if (text.equals(UserConfig.SIGNING_KEY_FILE)) {
                problems.refuse(
                        user.place(UserSettings.SERVER_PASSWORD), "ends where the path of a private key is expected");
            }
        }
        if (user.isWritten(UserSettings.SERVER_PASSWORD) && !user.isWritten(UserSettings.SERVER_USERNAME)) {
            problems.refuse(user.place(UserSettings.SERVER_PASSWORD), "stands without server_username: expected both");
        }
    }

    private void refuse(Values user, Setting<?, Secret> setting, String text, String prefix) {
        if (text.startsWith(prefix)) {
            problems.refuse(user.place(setting), prefix + " is no password of this kind: expected another form");
        }
    }
}
