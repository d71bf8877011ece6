package io.pgdoorman.pooler.auth;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// One line of the rules: where a login comes from, what it wants, who it is, and what is then demanded.
///
/// `network` is null where any address fits.
record HbaRule(
        Kind kind,
        Predicate<HbaRequest> database,
        Predicate<HbaRequest> user,
        @Nullable Network network,
        HbaMethod method) {
    private static final Map<String, HbaMethod> METHODS = Map.of(
            "trust", HbaMethod.TRUST,
            "reject", HbaMethod.REJECT,
            "md5", HbaMethod.MD5,
            "scram-sha-256", HbaMethod.SCRAM_SHA_256);

    /// PostgreSQL's other methods.
    private static final Set<String> OTHER_METHODS =
            Set.of("password", "gss", "sspi", "ident", "peer", "pam", "bsd", "ldap", "radius", "cert", "oauth");

    /// How a login reaches the pooler.
    enum Kind {
        LOCAL,
        HOST,
        HOSTSSL,
        HOSTNOSSL;

        boolean fits(HbaRequest request) {
            return switch (this) {
                case LOCAL -> request.local();
                case HOST -> !request.local();
                case HOSTSSL -> !request.local() && request.tls();
                case HOSTNOSSL -> !request.local() && !request.tls();
            };
        }
    }

    boolean fits(HbaRequest request) {
        return kind.fits(request) && fitsAddress(request) && database.test(request) && user.test(request);
    }

    private boolean fitsAddress(HbaRequest request) {
        return network == null || (request.address() != null && network.contains(request.address()));
    }

    /// Reads the fields of one line.
    static HbaRule of(List<List<HbaToken>> fields) throws HbaSyntax {
        Kind kind = kind(single(fields, 0, "connection type"));
        Predicate<HbaRequest> database = databases(field(fields, 1, "database"));
        Predicate<HbaRequest> user = users(field(fields, 2, "user"));
        int next = 3;
        Network network = null;
        if (kind != Kind.LOCAL) {
            HbaToken address = single(fields, next++, "address");
            if (isHostName(address)) {
                throw new HbaSyntax("invalid IP address \"" + address.text()
                        + "\": expected \"all\", a network like 10.0.0.0/8, or an address and a mask; host"
                        + " names are not supported yet");
            }
            if (address.text().indexOf('/') >= 0) {
                network = Network.ofCidr(address.text());
            } else if (!address.isKeyword("all")) {
                network = Network.ofMask(
                        address.text(), single(fields, next++, "netmask").text());
            }
        }
        HbaMethod method = method(single(fields, next++, "authentication method"));
        if (fields.size() > next) {
            throw new HbaSyntax("authentication options are not supported yet: \""
                    + fields.get(next).getFirst().text() + "\"");
        }
        return new HbaRule(kind, database, user, network, method);
    }

    private static Kind kind(HbaToken token) throws HbaSyntax {
        return switch (token.text()) {
            case "local" -> Kind.LOCAL;
            case "host" -> Kind.HOST;
            case "hostssl" -> Kind.HOSTSSL;
            case "hostnossl" -> Kind.HOSTNOSSL;
            case "hostgssenc", "hostnogssenc", "include", "include_if_exists", "include_dir" ->
                throw new HbaSyntax("\"" + token.text() + "\" is not supported yet");
            default ->
                throw new HbaSyntax(
                        "invalid connection type \"" + token.text() + "\": expected local, host, hostssl or hostnossl");
        };
    }

    private static HbaMethod method(HbaToken token) throws HbaSyntax {
        HbaMethod method = METHODS.get(token.text());
        if (method != null) {
            return method;
        }
        if (OTHER_METHODS.contains(token.text())) {
            throw new HbaSyntax("authentication method \"" + token.text()
                    + "\" is not supported yet: expected trust, reject, md5 or scram-sha-256");
        }
        throw new HbaSyntax(
                "invalid authentication method \"" + token.text() + "\": expected trust, reject, md5 or scram-sha-256");
    }

    private static Predicate<HbaRequest> databases(List<HbaToken> tokens) throws HbaSyntax {
        Predicate<HbaRequest> any = _ -> false;
        for (HbaToken token : tokens) {
            refuseSpecial(token, "database", Set.of("samerole", "samegroup"));
            if (token.isKeyword("all")) {
                any = any.or(_ -> true);
            } else if (token.isKeyword("sameuser")) {
                any = any.or(request -> request.database().equals(request.user()));
            } else if (!token.isKeyword("replication")) { // no login to the pooler is one for replication
                any = any.or(request -> request.database().equals(token.text()));
            }
        }
        return any;
    }

    private static Predicate<HbaRequest> users(List<HbaToken> tokens) throws HbaSyntax {
        Predicate<HbaRequest> any = _ -> false;
        for (HbaToken token : tokens) {
            refuseSpecial(token, "user", Set.of());
            any = any.or(
                    token.isKeyword("all")
                            ? _ -> true
                            : request -> request.user().equals(token.text()));
        }
        return any;
    }

    private static void refuseSpecial(HbaToken token, String what, Set<String> keywords) throws HbaSyntax {
        if (token.quoted()) {
            return;
        }
        char first = token.text().charAt(0);
        if (first == '+' || first == '@' || first == '/' || keywords.contains(token.text())) {
            throw new HbaSyntax(what + " \"" + token.text()
                    + "\": roles, files and regular expressions are not supported yet; quote it if it is a name");
        }
    }

    private static boolean isHostName(HbaToken token) {
        String text = token.text();
        int slash = text.indexOf('/');
        return !token.isKeyword("all") && Network.literal(slash < 0 ? text : text.substring(0, slash)) == null;
    }

    private static HbaToken single(List<List<HbaToken>> fields, int index, String what) throws HbaSyntax {
        List<HbaToken> tokens = field(fields, index, what);
        if (tokens.size() > 1) {
            throw new HbaSyntax("multiple values specified for " + what);
        }
        return tokens.getFirst();
    }

    private static List<HbaToken> field(List<List<HbaToken>> fields, int index, String what) throws HbaSyntax {
        if (index >= fields.size()) {
            throw new HbaSyntax("end-of-line before " + what + " specification");
        }
        return fields.get(index);
    }
}
