package io.pgdoorman.pooler.behaviour;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Generated lines of a `pg_hba.conf`. No line names a role that is none: the pooler takes any user for a member of the
/// role of its own name.
final class HbaLines {
    private HbaLines() {}

    /// A line that PostgreSQL reads, with methods that the pooler has.
    static String valid(Random random) {
        var kind =
                oneOf(random, "local", "host", "host", "hostssl", "hostssl", "hostnossl", "hostgssenc", "hostnogssenc");
        var names = kind + " " + list(random, () -> database(random)) + " " + list(random, () -> user(random));
        var address = kind.equals("local") ? "" : " " + address(random);
        var method = kind.equals("hostssl") && random.nextBoolean()
                ? "cert"
                : oneOf(random, "trust", "trust", "reject", "md5", "scram-sha-256", "password");
        return names + address + " " + method + (kind.equals("hostssl") ? certificate(method, random) : "");
    }

    /// Options about the client's certificate.
    private static String certificate(String method, Random random) {
        if (method.equals("cert")) {
            return oneOf(
                    random, "", " map=people", " map=people", " clientcert=verify-full", " clientname=DN map=people");
        }
        return oneOf(random, "", "", " clientcert=verify-ca", " clientcert=verify-full", " clientcert=verify-full");
    }

    /// A whole file of such lines, some of them in files of their own in the folder, some words in lists, some lines
    /// continued.
    static String file(Random random, Path folder) throws IOException {
        var text = new StringBuilder();
        for (int n = 2 + random.nextInt(8); n > 0; n--) {
            var line = valid(random);
            switch (random.nextInt(8)) {
                case 0 -> text.append(elsewhere(line, random, folder));
                case 1 -> text.append(line.replaceFirst(" ", " \\\\\n"));
                case 2 -> text.append(listed(line, random, folder));
                default -> text.append(line);
            }
            text.append('\n');
        }
        return text.toString();
    }

    /// The same line in a file of its own, or beside one that is missing.
    private static String elsewhere(String line, Random random, Path folder) throws IOException {
        var name = "more-" + random.nextInt(1_000_000);
        switch (random.nextInt(4)) {
            case 0 -> {
                Files.writeString(folder.resolve(name + ".conf"), line + "\n");
                return "include " + name + ".conf";
            }
            case 1 -> {
                var inner = Files.createDirectories(folder.resolve(name));
                Files.writeString(inner.resolve("b.conf"), valid(random) + "\n");
                Files.writeString(inner.resolve("a.conf"), line + "\n");
                Files.writeString(inner.resolve("c.txt"), "no rule at all\n");
                return "include_dir " + name;
            }
            case 2 -> {
                var inner = Files.createDirectories(folder.resolve(name));
                Files.writeString(inner.resolve("first"), "# none\ninclude \"second\" # beside it\n");
                Files.writeString(inner.resolve("second"), line + "\n");
                return "include_if_exists " + name + "/first";
            }
            default -> {
                return "include_if_exists " + name + ".conf\n" + line;
            }
        }
    }

    /// A whole file in which some of what it names is missing, names itself, or is spoiled.
    static String anyFile(Random random, Path folder) throws IOException {
        var text = new StringBuilder(file(random, folder));
        for (int n = random.nextInt(3); n > 0; n--) {
            var line = spoiledFile(random, folder);
            text.append(
                    random.nextBoolean()
                            ? line
                            : line.replaceFirst(" ", oneOf(random, " \\\\\n", " \\\\\r\n", "\\\\\n\\\\\n ")));
            text.append(oneOf(random, "\n", "\r\n", " # remark\n", "\n\n", "\\\n\n", "\n\\\n"));
        }
        // the tests' PostgreSQL has no GSSAPI and says so
        return text.append(oneOf(random, "", "# end", "host all all all trust \\"))
                .toString()
                .replace("hostgssenc", "hostnogssenc");
    }

    private static String spoiledFile(Random random, Path folder) throws IOException {
        var name = "odd-" + random.nextInt(1_000_000);
        Files.writeString(
                folder.resolve(name),
                switch (random.nextInt(6)) {
                    case 0 -> any(random) + "\n" + any(random) + "\n";
                    case 1 -> "include " + name + "\n";
                    case 2 -> "include_dir missing-folder\n" + valid(random) + "\n";
                    case 3 -> "alice, @missing-names\n";
                    case 4 -> "alice \\\n bob,,\"all\" #x\ninclude_if_exists missing-names\n";
                    default -> "";
                });
        return oneOf(
                random,
                "include " + name,
                "include missing-" + name,
                "include_if_exists " + name,
                "include_dir missing-" + name,
                "include " + name + " " + name,
                "include \"" + name + "\",x",
                "\"include\" " + name,
                "include",
                "include @" + name,
                "host all @" + name + " all trust",
                "local @" + name + ",crm +staff,@" + name + " peer",
                "host all \"@" + name + "\" all trust",
                "host all @ all trust",
                "host all all @" + name + " trust");
    }

    /// A whole `pg_ident.conf` that can be read, for the map `people`.
    static String identFile(Random random, Path folder) throws IOException {
        var text = new StringBuilder();
        for (int n = 2 + random.nextInt(6); n > 0; n--) {
            var line = ident(random);
            switch (random.nextInt(6)) {
                case 0 -> {
                    var name = "maps-" + random.nextInt(1_000_000);
                    Files.writeString(folder.resolve(name), "# maps\n" + line + "\n");
                    text.append("include ").append(name);
                }
                case 1 -> text.append(line.replaceFirst(" ", " \\\\\n"));
                default -> text.append(line);
            }
            text.append('\n');
        }
        return text.toString();
    }

    private static String ident(Random random) {
        var map = oneOf(random, "people", "people", "people", "\"people\"", "others");
        if (random.nextInt(3) == 0) {
            var outside = oneOf(random, "/^(.*)@example[.]com$", "/^(x)?b", "\"/^CN=(.*)$\"", "/(.)(o)", "\"/^a(|l)\"");
            return map + " " + outside + " " + oneOf(random, "\\1", "\"\\1\"", "bo\\1", "b\\1b", "\\1\\1");
        }
        return map + " "
                + oneOf(random, "bob", "alice", "boss", "CN=boss", "\"CN=bob\"", "/^bo", "/", "alice@example.com") + " "
                + oneOf(random, "bob", "boss", "all", "\"all\"", "+staff", "\"+staff\"", "/^a", "+\\1", "\"ann ex\"");
    }

    /// The same with its list of users in a file.
    private static String listed(String line, Random random, Path folder) throws IOException {
        var name = "names-" + random.nextInt(1_000_000);
        Files.writeString(folder.resolve(name), user(random) + "\n" + user(random) + " " + user(random) + "\n");
        var kind = line.substring(0, line.indexOf(' '));
        return kind + " all @" + name + (kind.equals("local") ? "" : " " + address(random)) + " "
                + oneOf(random, "trust", "reject", "scram-sha-256");
    }

    /// Any line: most are near to valid ones, many are spoiled.
    static String any(Random random) {
        // no login by peer is compared: where tests run as root, PostgreSQL has users of its own
        var line = new StringBuilder(
                random.nextInt(20) == 0
                        ? oneOf(random, "local", "host") + " all " + user(random) + oneOf(random, "", " all") + " peer"
                        : valid(random));
        if (random.nextInt(4) == 0) {
            line.append(' ')
                    .append(oneOf(
                            random,
                            "clientcert=verify-ca",
                            "clientcert=verify-full",
                            "clientcert=no",
                            "clientname=CN",
                            "clientname=dn",
                            "map=m",
                            "clientname=CN map=m",
                            "colour=red",
                            "word",
                            "# remark"));
        }
        for (int n = random.nextInt(3); n > 0; n--) {
            spoil(line, random);
        }
        return line.toString();
    }

    static String oneOf(Random random, String... words) {
        return words[random.nextInt(words.length)];
    }

    private static void spoil(StringBuilder line, Random random) {
        int at = random.nextInt(line.length() + 1);
        switch (random.nextInt(6)) {
            case 0 ->
                line.insert(at, oneOf(random, " ", "\t", ",", "\"", "\"\"", "#", ",,", " , ", "\r", "/", "+", "="));
            case 1 -> line.setLength(at);
            case 2 ->
                line.insert(
                        at,
                        oneOf(
                                random,
                                " all",
                                " 10.0.0.1",
                                "x",
                                " db.invalid",
                                " .invalid",
                                " 255.0.0.0",
                                " trust",
                                " a=b",
                                "\"a b\""));
            case 3 -> {
                if (at < line.length()) {
                    line.deleteCharAt(at);
                }
            }
            case 4 -> {
                if (at < line.length()) {
                    line.setCharAt(at, (char) (' ' + random.nextInt(95)));
                }
            }
            default -> line.append(oneOf(random, " ", ",", " #x", " x", "\r"));
        }
        // continuation and files have tests of their own
        for (int i; (i = line.indexOf("\\")) >= 0 || (i = line.indexOf("@")) >= 0; ) {
            line.deleteCharAt(i);
        }
        if (line.indexOf("include") >= 0 || line.isEmpty()) {
            line.insert(0, "#");
        }
    }

    private static String list(Random random, Supplier<String> word) {
        return Stream.generate(word)
                .limit(1L + random.nextInt(2))
                .collect(Collectors.joining(oneOf(random, ",", ", ")));
    }

    private static String database(Random random) {
        if (random.nextBoolean()) {
            return "all";
        }
        return oneOf(
                random,
                "all",
                "shop",
                "crm",
                "sameuser",
                "samerole",
                "samegroup",
                "replication",
                "\"all\"",
                "\"replication\"",
                "/^s",
                "/^(shop|crm)$",
                "\"/w\"",
                "\"sameuser\"",
                "al\"l\"",
                "nowhere");
    }

    private static String user(Random random) {
        if (random.nextBoolean()) {
            return "all";
        }
        return oneOf(
                random,
                "all",
                "alice",
                "bob",
                "old",
                "+staff",
                "+heads",
                "\"+staff\"",
                "\"ann ex\"",
                "ann\" \"ex",
                "/^a",
                "/[bo]{2}",
                "nobody",
                "\"all\"",
                "+missing",
                "boss");
    }

    private static String address(Random random) {
        if (random.nextBoolean()) {
            return "all";
        }
        return oneOf(
                random,
                "all",
                "all",
                "127.0.0.0/8",
                "127.0.0.2/32",
                "127.0.0.2 255.255.255.255",
                "127.1/32",
                "127.1.0.0 255.255.0.0",
                "0.0.0.0/0",
                "::/0",
                "::1/128",
                "::1 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                "::ffff:127.0.0.0/104",
                "samehost",
                "samenet",
                "0x7f000002/32",
                "127.0.0.3/31",
                "localhost",
                "LocalHost",
                ".localdomain",
                "host.invalid",
                "10.0.0.0/8",
                "\"127.0.0.1/32\"");
    }
}
