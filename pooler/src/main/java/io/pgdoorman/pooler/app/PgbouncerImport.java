package io.pgdoorman.pooler.app;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// PgBouncer's configuration in our words, and a report of what has none.
final class PgbouncerImport {
    /// What is left out because nobody has to ask for it here.
    private static final String BY_ITSELF = "not needed: ";

    private static final Pattern NUMBER = Pattern.compile("\\d+(\\.\\d+)?");

    /// Settings that are called otherwise, or the same: their kind, and our name.
    private static final Map<String, Setting> SETTINGS = Map.ofEntries(
            Map.entry("listen_port", new Setting(Kind.AS_IS, "port")),
            Map.entry("listen_backlog", new Setting(Kind.AS_IS, "backlog")),
            Map.entry("max_client_conn", new Setting(Kind.AS_IS, "max_connections")),
            Map.entry("max_db_client_connections", new Setting(Kind.AS_IS, "max_db_client_connections")),
            Map.entry("max_user_client_connections", new Setting(Kind.AS_IS, "max_user_client_connections")),
            Map.entry("tcp_keepcnt", new Setting(Kind.POSITIVE, "tcp_keepalives_count")),
            Map.entry("tcp_keepidle", new Setting(Kind.POSITIVE, "tcp_keepalives_idle")),
            Map.entry("tcp_keepintvl", new Setting(Kind.POSITIVE, "tcp_keepalives_interval")),
            Map.entry("server_round_robin", new Setting(Kind.BOOL, "server_round_robin")),
            Map.entry("log_connections", new Setting(Kind.BOOL, "log_client_connections")),
            Map.entry("log_disconnections", new Setting(Kind.BOOL, "log_client_disconnections")),
            Map.entry("query_wait_timeout", new Setting(Kind.TIME, "query_wait_timeout")),
            Map.entry("query_wait_notify", new Setting(Kind.TIME_OR_OFF, "query_wait_notify")),
            Map.entry("server_connect_timeout", new Setting(Kind.TIME, "connect_timeout")),
            Map.entry("client_login_timeout", new Setting(Kind.TIME, "client_login_timeout")),
            Map.entry("server_lifetime", new Setting(Kind.TIME_OR_OFF, "server_lifetime")),
            Map.entry("server_idle_timeout", new Setting(Kind.TIME_OR_OFF, "idle_timeout")),
            Map.entry("server_check_delay", new Setting(Kind.TIME_OR_OFF, "server_idle_check_timeout")),
            Map.entry("client_idle_timeout", new Setting(Kind.TIME_OR_OFF, "client_idle_timeout")),
            Map.entry("idle_transaction_timeout", new Setting(Kind.TIME_OR_OFF, "idle_transaction_timeout")),
            Map.entry("transaction_timeout", new Setting(Kind.TIME_OR_OFF, "transaction_timeout")),
            Map.entry("query_timeout", new Setting(Kind.TIME_OR_OFF, "query_timeout")),
            Map.entry("client_tls_cert_file", new Setting(Kind.TEXT, "tls_certificate")),
            Map.entry("client_tls_key_file", new Setting(Kind.TEXT, "tls_private_key")),
            Map.entry("client_tls_ca_file", new Setting(Kind.TEXT, "tls_ca_cert")));

    private static final Map<String, String> REASONS = Map.ofEntries(
            Map.entry("server_reset_query", BY_ITSELF + "what a client left behind is reset, and only that"),
            Map.entry("server_reset_query_always", BY_ITSELF + "what a client left behind is reset, and only that"),
            Map.entry("server_check_query", BY_ITSELF + "idle servers are probed"),
            Map.entry("ignore_startup_parameters", BY_ITSELF + "parameters of clients are applied, not refused"),
            Map.entry("track_extra_parameters", BY_ITSELF + "what clients set is tracked"),
            Map.entry("so_reuseport", BY_ITSELF + "one process uses all cores (worker_threads)"),
            Map.entry("suspend_timeout", "SUSPEND drops nobody; whoever gave it may cancel it"),
            Map.entry("pidfile", "pass --pid-file to pooler run"),
            Map.entry("logfile", "the log goes to standard error"),
            Map.entry("syslog", "set syslog_prog_name to log to syslog instead of standard error"),
            Map.entry("user", "the user is that of the service (deploy/systemd)"),
            Map.entry("stats_users", "set stats_username and stats_password: one user who may look at the console"),
            Map.entry("auth_query", "see auth_query in pooler/config/REFERENCE.md"),
            Map.entry("auth_user", "see auth_query in pooler/config/REFERENCE.md"),
            Map.entry("server_tls_sslmode", "see server_tls_mode in pooler/config/REFERENCE.md"),
            Map.entry("dns_max_ttl", "see dns_max_ttl in pooler/config/REFERENCE.md"));

    private enum Kind {
        AS_IS,
        POSITIVE,
        BOOL,
        TIME,
        TIME_OR_OFF,
        TEXT
    }

    private record Setting(Kind kind, String name) {}

    /// What came of it.
    record Made(String yaml, List<String> report) {}

    private final PgbouncerFile file;
    private final Map<String, String> passwords;
    private final List<String> report = new ArrayList<>();
    private final YamlText yaml = new YamlText(true);

    /// @param passwords of userlist.txt
    PgbouncerImport(PgbouncerFile file, Map<String, String> passwords) {
        this.file = file;
        this.passwords = passwords;
    }

    Made make() {
        yaml.comment(0, "Made of pgbouncer.ini and userlist.txt by pooler import.");
        yaml.line(0, "general:");
        admin();
        rules();
        file.general().forEach(this::translate);
        yaml.line(0, "pools:");
        file.databases().forEach(this::database);
        file.users()
                .forEach((user, words) -> words.keySet().stream()
                        .filter(word -> !word.equals("pool_mode") && !word.equals("pool_size"))
                        .forEach(word -> report.add("[users] " + user + ": " + word + ": no counterpart")));
        return new Made(yaml.toString(), List.copyOf(report));
    }

    private void admin() {
        var users = file.general().getOrDefault("admin_users", "admin").split(",");
        var admin = users[0].strip();
        if (users.length > 1) {
            report.add("admin_users: there is one user of the console; " + admin + " was taken");
        }
        yaml.text(1, "admin_username", admin);
        var password = passwords.get(admin);
        if (password == null || password.isEmpty() || isVerifier(password)) {
            report.add("admin_password: put one into the environment variable DOORMAN_ADMIN_PASSWORD");
            yaml.line(1, "admin_password: {env: DOORMAN_ADMIN_PASSWORD}");
        } else {
            yaml.text(1, "admin_password", password);
        }
    }

    private static boolean isVerifier(String password) {
        return password.startsWith("SCRAM-SHA-256$") || password.matches("md5[0-9a-f]{32}");
    }

    private void rules() {
        var hbaFile = file.general().get("auth_hba_file");
        var type = file.general().getOrDefault("auth_type", "md5");
        switch (type) {
            case "hba" ->
                yaml.line(1, "pg_hba: {path: " + yaml.quoted(hbaFile == null ? "pg_hba.conf" : hbaFile) + "}");
            case "trust", "any" -> yaml.text(1, "pg_hba", "local all all trust\nhost all all all trust");
            case "cert" -> yaml.text(1, "pg_hba", "hostssl all all all cert");
            case "pam" -> yaml.text(1, "pg_hba", "hostssl all all all pam");
            case "md5", "scram-sha-256" -> {}
            default -> report.add("auth_type = " + type + ": no counterpart; passwords are proven by what is stored");
        }
    }

    private void translate(String name, String value) {
        var setting = SETTINGS.get(name);
        if (setting != null) {
            write(setting, name, value);
            return;
        }
        switch (name) {
            case "listen_addr" -> host(value);
            case "unix_socket_dir" -> folder(value);
            case "unix_socket_mode" -> yaml.text(1, name, value);
            case "tcp_user_timeout" -> yaml.line(1, name + ": " + (long) Math.ceil(number(name, value) / 1000));
            case "client_tls_sslmode" -> yaml.text(1, "tls_mode", value.equals("prefer") ? "allow" : value);
            case "max_prepared_statements" -> {
                yaml.line(1, "prepared_statements: " + !value.equals("0"));
                if (!value.equals("0")) {
                    yaml.line(1, "server_prepared_statements_cache_size: " + value);
                }
            }
            // these are read where pools are written
            case "auth_type", "auth_file", "auth_hba_file", "admin_users", "pool_mode" -> {}
            case "default_pool_size", "min_pool_size", "max_db_connections" -> {}
            case "reserve_pool_size", "reserve_pool_timeout" -> {}
            default -> report.add(name + " = " + value + ": " + REASONS.getOrDefault(name, "no counterpart"));
        }
    }

    private void write(Setting setting, String name, String value) {
        switch (setting.kind()) {
            case AS_IS -> yaml.line(1, setting.name() + ": " + (long) number(name, value));
            case TEXT -> yaml.text(1, setting.name(), value);
            case BOOL ->
                yaml.line(
                        1,
                        setting.name() + ": "
                                + List.of("1", "on", "yes", "true").contains(value.toLowerCase(Locale.ROOT)));
            case POSITIVE -> {
                if (number(name, value) > 0) {
                    yaml.line(1, setting.name() + ": " + (long) number(name, value));
                }
            }
            case TIME -> {
                if (number(name, value) > 0) {
                    yaml.line(1, setting.name() + ": " + duration(name, value));
                } else {
                    report.add(name + " = " + value + ": cannot be switched off; the default holds");
                }
            }
            case TIME_OR_OFF -> yaml.line(1, setting.name() + ": " + duration(name, value));
        }
    }

    private double number(String name, String value) {
        if (NUMBER.matcher(value).matches()) {
            return Double.parseDouble(value);
        }
        report.add(name + " = " + value + ": no number, 0 was taken");
        return 0;
    }

    private String duration(String name, String seconds) {
        double number = number(name, seconds);
        return number == Math.rint(number) ? (long) number + "s" : (long) (number * 1000) + "ms";
    }

    private void host(String value) {
        var addresses = value.split(",");
        var first = addresses[0].strip();
        if (addresses.length > 1) {
            report.add("listen_addr = " + value + ": one address only; " + first + " was taken");
        }
        yaml.text(
                1,
                "host",
                switch (first) {
                    case "*" -> "0.0.0.0";
                    case "localhost" -> "127.0.0.1";
                    default -> first;
                });
    }

    private void folder(String value) {
        if (value.startsWith("/")) {
            yaml.text(1, "unix_socket_dir", value);
        } else if (!value.isEmpty()) {
            report.add("unix_socket_dir = " + value + ": expected an absolute path");
        }
    }

    // ---- databases

    private void database(String name, Map<String, String> given) {
        var words = new TreeMap<>(given);
        if (name.equals("*")) {
            report.add("[databases] *: each database needs an entry of its own");
            return;
        }
        yaml.line(1, yaml.quoted(name) + ":");
        yaml.text(2, "server_host", or(words.remove("host"), "127.0.0.1"));
        yaml.line(2, "server_port: " + or(words.remove("port"), "5432"));
        var database = words.remove("dbname");
        if (database != null && !database.equals(name)) {
            yaml.text(2, "server_database", database);
        }
        yaml.line(2, "pool_mode: " + mode(or(words.remove("pool_mode"), setting("pool_mode", "session"))));
        cap(name, words);
        var clients = words.remove("max_db_client_connections");
        if (clients != null) {
            yaml.line(2, "max_db_client_connections: " + clients);
        }
        users(name, words);
        words.keySet().forEach(word -> report.add("[databases] " + name + ": " + word + ": no counterpart"));
    }

    private static String or(@Nullable String value, String otherwise) {
        return value == null ? otherwise : value;
    }

    private String setting(String name, String otherwise) {
        return or(file.general().get(name), otherwise);
    }

    private String mode(String mode) {
        if (mode.equals("statement")) {
            report.add("pool_mode = statement: transaction was taken");
            return "transaction";
        }
        return mode;
    }

    private void cap(String name, Map<String, String> words) {
        var max = or(words.remove("max_db_connections"), setting("max_db_connections", "0"));
        var own = words.remove("reserve_pool_size");
        var reserve = or(own == null ? words.remove("reserve_pool") : own, setting("reserve_pool_size", "0"));
        if (!max.equals("0")) {
            yaml.line(2, "max_db_connections: " + max);
            if (!reserve.equals("0")) {
                yaml.line(2, "reserve_pool_size: " + reserve);
                yaml.line(
                        2,
                        "reserve_pool_timeout: "
                                + duration("reserve_pool_timeout", setting("reserve_pool_timeout", "5")));
            }
        } else if (!reserve.equals("0")) {
            report.add("[databases] " + name + ": reserve_pool_size: a reserve is of max_db_connections, which is 0");
        }
    }

    private void users(String database, Map<String, String> words) {
        var size = or(words.remove("pool_size"), setting("default_pool_size", "20"));
        var least = or(words.remove("min_pool_size"), setting("min_pool_size", "0"));
        var forced = words.remove("user");
        var password = words.remove("password");
        var all = new TreeMap<>(passwords);
        if (forced != null && all.isEmpty()) {
            all.put(forced, or(password, ""));
        }
        if (all.isEmpty()) {
            report.add("[databases] " + database + ": no users: neither userlist.txt nor a user of its own");
            yaml.line(2, "users: []");
            return;
        }
        yaml.line(2, "users:");
        all.forEach((user, stored) -> {
            var own = file.users().getOrDefault(user, Map.of());
            yaml.text(3, "- username", user).text(4, "password", stored);
            var most = or(own.get("pool_size"), size);
            yaml.line(4, "pool_size: " + most);
            if (!least.equals("0")) {
                yaml.line(4, "min_pool_size: " + least);
            }
            if (own.containsKey("pool_mode")) {
                yaml.line(4, "pool_mode: " + mode(or(own.get("pool_mode"), "session")));
            }
            if (forced != null && !forced.equals(user)) {
                yaml.text(4, "server_username", forced);
                yaml.text(4, "server_password", or(password, or(passwords.get(forced), "")));
            }
        });
    }
}
