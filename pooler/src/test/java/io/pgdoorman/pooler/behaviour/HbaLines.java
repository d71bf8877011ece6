package io.pgdoorman.pooler.behaviour;

import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Generated lines of a `pg_hba.conf`.
final class HbaLines {
    private HbaLines() {}

    /// A line that PostgreSQL reads, with methods that the pooler has.
    static String valid(Random random) {
        var kind = oneOf(random, "local", "host", "host", "host", "hostssl", "hostnossl", "hostgssenc", "hostnogssenc");
        var names = kind + " " + list(random, () -> database(random)) + " " + list(random, () -> user(random));
        var address = kind.equals("local") ? "" : " " + address(random);
        var method = kind.equals("hostssl") && random.nextInt(3) == 0
                ? "cert"
                : oneOf(random, "trust", "trust", "reject", "md5", "scram-sha-256", "password");
        return names + address + " " + method;
    }

    /// Any line: most are near to valid ones, many are spoiled.
    static String any(Random random) {
        var line = new StringBuilder(valid(random));
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
                "+nobody",
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
                "10.0.0.0/8",
                "\"127.0.0.1/32\"");
    }
}
