package io.pgdoorman.pooler.radius;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What the options of a rule say about RADIUS servers (manual, "RADIUS Authentication"): lists whose members are
/// separated by commas and may be quoted, each with one member for all servers or one for each.
///
/// @param servers asked in this order until one answers
public record RadiusRule(List<Server> servers) {
    private static final String DEFAULT_PORT = "1812";
    private static final String DEFAULT_IDENTIFIER = "postgresql";

    public RadiusRule {
        servers = List.copyOf(servers);
    }

    /// @param identifier what the pooler calls itself there (NAS-Identifier)
    public record Server(String host, int port, String secret, String identifier) {
        @Override
        public String toString() {
            return host + ":" + port;
        }
    }

    /// Reads the options.
    ///
    /// @throws RadiusRuleException in PostgreSQL's words where it has some
    public static RadiusRule of(Map<String, String> options) throws RadiusRuleException {
        var hosts = required("radiusservers", "servers", options);
        var secrets = matching(required("radiussecrets", "secrets", options), "secrets", hosts.size());
        var ports = matching(optional("radiusports", DEFAULT_PORT, options), "ports", hosts.size());
        var names = matching(optional("radiusidentifiers", DEFAULT_IDENTIFIER, options), "identifiers", hosts.size());
        var servers = new ArrayList<Server>();
        for (int i = 0; i < hosts.size(); i++) {
            servers.add(server(hosts.get(i), port(of(ports, i)), of(secrets, i), of(names, i)));
        }
        return new RadiusRule(servers);
    }

    private static Server server(String host, int port, String secret, String identifier) throws RadiusRuleException {
        if (secret.isEmpty()) {
            throw new RadiusRuleException("the secret of RADIUS server \"" + host + "\" is empty: anybody knows that");
        }
        if (identifier.getBytes(UTF_8).length > RadiusRequest.LONGEST_TEXT) {
            throw new RadiusRuleException("invalid RADIUS identifier \"" + identifier + "\": expected at most "
                    + RadiusRequest.LONGEST_TEXT + " bytes");
        }
        return new Server(host, port, secret, identifier);
    }

    private static String of(List<String> list, int server) {
        return list.size() == 1 ? list.getFirst() : list.get(server);
    }

    private static List<String> required(String option, String what, Map<String, String> options)
            throws RadiusRuleException {
        var written = options.get(option);
        if (written == null) {
            throw new RadiusRuleException(
                    "authentication method \"radius\" requires argument \"" + option + "\" to be set");
        }
        var list = list(option, written);
        if (list.isEmpty()) {
            throw new RadiusRuleException("list of RADIUS " + what + " cannot be empty");
        }
        return list;
    }

    private static List<String> optional(String option, String other, Map<String, String> options)
            throws RadiusRuleException {
        var list = list(option, options.getOrDefault(option, ""));
        return list.isEmpty() ? List.of(other) : list;
    }

    private static List<String> matching(List<String> list, String what, int servers) throws RadiusRuleException {
        if (list.size() != 1 && list.size() != servers) {
            throw new RadiusRuleException("the number of RADIUS " + what + " (" + list.size()
                    + ") must be 1 or the same as the number of RADIUS servers (" + servers + ")");
        }
        return list;
    }

    private static int port(String text) throws RadiusRuleException {
        try {
            int port = Integer.parseInt(text);
            if (port > 0 && port <= 65_535) {
                return port;
            }
        } catch (NumberFormatException _) {
            // said below
        }
        throw new RadiusRuleException("invalid RADIUS port number: \"" + text + "\"");
    }

    /// As PostgreSQL's `SplitGUCList`; the list is not quoted in the message, since it may be of secrets.
    private static List<String> list(String option, String text) throws RadiusRuleException {
        var members = new ArrayList<String>();
        int at = behindBlanks(text, 0);
        while (at < text.length()) {
            var member = new StringBuilder();
            at = text.charAt(at) == '"' ? quoted(option, text, at + 1, member) : plain(option, text, at, member);
            members.add(member.toString());
            at = behindBlanks(text, at);
            if (at < text.length()) {
                boolean isSeparated = text.charAt(at) == ',';
                at = behindBlanks(text, at + 1);
                if (!isSeparated || at == text.length()) {
                    throw noList(option);
                }
            }
        }
        return members;
    }

    private static int quoted(String option, String text, int from, StringBuilder member) throws RadiusRuleException {
        for (int at = from; at < text.length(); at++) {
            if (text.charAt(at) == '"') {
                if (at + 1 == text.length() || text.charAt(at + 1) != '"') {
                    return at + 1;
                }
                at++;
            }
            member.append(text.charAt(at));
        }
        throw noList(option);
    }

    private static int plain(String option, String text, int from, StringBuilder member) throws RadiusRuleException {
        int at = from;
        while (at < text.length() && text.charAt(at) != ',' && !isBlank(text.charAt(at))) {
            member.append(text.charAt(at++));
        }
        if (member.isEmpty()) {
            throw noList(option);
        }
        return at;
    }

    private static int behindBlanks(String text, int from) {
        int at = from;
        while (at < text.length() && isBlank(text.charAt(at))) {
            at++;
        }
        return at;
    }

    private static boolean isBlank(char c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
    }

    private static RadiusRuleException noList(String option) {
        return new RadiusRuleException("could not parse " + option + ": expected names with commas between them");
    }
}
