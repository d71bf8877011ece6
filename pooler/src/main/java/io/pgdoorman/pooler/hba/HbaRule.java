package io.pgdoorman.pooler.hba;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// One line of the rules: where a login comes from, what it wants, who it is, and what is then demanded.
record HbaRule(Kind kind, Names names, AddressTest address, HbaDecision decision) {

    /// Methods of PostgreSQL on other systems; on Linux it refuses them in the same words.
    private static final Set<String> OTHER_METHODS = Set.of("sspi", "bsd");

    /// The database and the user field; in each, one word that fits is enough.
    record Names(List<NameTest> databases, List<NameTest> users) {
        Names {
            databases = List.copyOf(databases);
            users = List.copyOf(users);
        }

        boolean fit(HbaRequest request, Surroundings surroundings) {
            return databases.stream().anyMatch(test -> test.fits(request, surroundings))
                    && users.stream().anyMatch(test -> test.fits(request, surroundings));
        }
    }

    /// How a login reaches the pooler.
    enum Kind {
        LOCAL,
        HOST,
        HOSTSSL,
        HOSTNOSSL,
        /// Encrypted by GSSAPI, which the pooler never is.
        HOSTGSSENC,
        HOSTNOGSSENC;

        boolean fits(HbaRequest request) {
            return switch (this) {
                case LOCAL -> request.local();
                case HOST, HOSTNOGSSENC -> !request.local();
                case HOSTSSL -> !request.local() && request.tls();
                case HOSTNOSSL -> !request.local() && !request.tls();
                case HOSTGSSENC -> false;
            };
        }
    }

    boolean fits(HbaRequest request, Surroundings surroundings) {
        return kind.fits(request) && fitsAddress(request, surroundings) && names.fit(request, surroundings);
    }

    private boolean fitsAddress(HbaRequest request, Surroundings surroundings) {
        var from = request.address();
        return from == null || address.fits(from, surroundings);
    }

    /// Reads one line.
    static HbaRule of(HbaLine line) throws HbaSyntax {
        Kind kind = kind(line.single(0, "connection type", "connection type"));
        List<NameTest> databases = new ArrayList<>();
        for (HbaToken token : line.field(1, "database specification")) {
            databases.add(NameTest.ofDatabase(token));
        }
        List<NameTest> users = new ArrayList<>();
        for (HbaToken token : line.field(2, "role specification")) {
            users.add(NameTest.ofUser(token));
        }
        int next = 3;
        AddressTest address = new AddressTest.Any();
        if (kind != Kind.LOCAL) {
            HbaToken token = line.single(next++, "IP address specification", "host address");
            byte[] bytes = Network.literal(token.text());
            if (bytes == null) {
                address = wordOrNetwork(token);
            } else {
                HbaToken mask = line.single(next++, "netmask specification", "netmask");
                address = new AddressTest.Within(Network.ofMask(bytes, token.text(), mask.text()));
            }
        }
        HbaMethod method = method(kind, line.single(next++, "authentication method", "authentication type"));
        if (method == HbaMethod.CERT && kind != Kind.HOSTSSL) {
            throw new HbaSyntax("cert authentication is only supported on hostssl connections");
        }
        if (method == HbaMethod.GSS && kind == Kind.LOCAL) {
            throw new HbaSyntax("gssapi authentication is not supported on local sockets");
        }
        if (method == HbaMethod.PEER && kind != Kind.LOCAL) {
            throw new HbaSyntax("peer authentication is only supported on local sockets");
        }
        var options = HbaOptions.of(
                kind, method, line.fields().subList(next, line.fields().size()));
        return new HbaRule(
                kind,
                new Names(databases, users),
                address,
                new HbaDecision(method, options, line.file(), line.number()));
    }

    private static Kind kind(HbaToken token) throws HbaSyntax {
        return switch (token.text()) {
            case "local" -> Kind.LOCAL;
            case "host" -> Kind.HOST;
            case "hostssl" -> Kind.HOSTSSL;
            case "hostnossl" -> Kind.HOSTNOSSL;
            case "hostgssenc" -> Kind.HOSTGSSENC;
            case "hostnogssenc" -> Kind.HOSTNOGSSENC;
            default ->
                throw new HbaSyntax("invalid connection type \"" + token.text()
                        + "\": expected local, host, hostssl, hostnossl, hostgssenc or hostnogssenc");
        };
    }

    private static AddressTest wordOrNetwork(HbaToken token) throws HbaSyntax {
        if (token.isKeyword("all")) {
            return new AddressTest.Any();
        }
        if (token.isKeyword("samehost")) {
            return new AddressTest.SameHost();
        }
        if (token.isKeyword("samenet")) {
            return new AddressTest.SameNet();
        }
        if (token.text().indexOf('/') < 0) {
            return new AddressTest.Named(token.text());
        }
        Network network = Network.ofCidr(token.text());
        if (network == null) {
            throw new HbaSyntax("specifying both host name and CIDR mask is invalid: \"" + token.text() + "\"");
        }
        return new AddressTest.Within(network);
    }

    private static HbaMethod method(Kind kind, HbaToken token) throws HbaSyntax {
        var method = HbaMethod.of(token.text());
        if (method.isPresent()) {
            // as in PostgreSQL since 9.1, where ident meant both before
            return method.get() == HbaMethod.IDENT && kind == Kind.LOCAL ? HbaMethod.PEER : method.get();
        }
        String expected = ": expected one of " + HbaMethod.known();
        if (OTHER_METHODS.contains(token.text())) {
            throw new HbaSyntax(
                    "invalid authentication method \"" + token.text() + "\": not supported by this build" + expected);
        }
        throw new HbaSyntax("invalid authentication method \"" + token.text() + "\"" + expected);
    }
}
