package io.pgdoorman.pooler.tls;

import java.net.InetAddress;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Whether a certificate carries the name of a host, by libpq's rules (PostgreSQL manual, "Client Verification
/// of Server Certificates").
///
/// Names of the certificate count first, and then its common name, unless there is a name of the host's kind:
/// an address among the names does not keep the common name from standing for a DNS name. `*.` stands for one
/// label.
final class HostName {
    private static final int DNS_NAME = 2;
    private static final int ADDRESS = 7;

    private HostName() {}

    /// @throws TlsException with the names that the certificate carries instead
    static void verify(X509Certificate certificate, String host) throws TlsException {
        var address = address(host);
        var seen = new ArrayList<String>();
        boolean hasKind = false;
        for (var name : names(certificate)) {
            boolean isAddress = name.kind() == ADDRESS;
            hasKind |= isAddress == address.isPresent();
            seen.add(name.text());
            if (isAddress ? address.isPresent() && address.equals(address(name.text())) : isFor(name.text(), host)) {
                return;
            }
        }
        if (!hasKind) {
            var common = CertificateName.common(certificate);
            common.ifPresent(seen::add);
            if (common.filter(name -> isFor(name, host)).isPresent()) {
                return;
            }
        }
        throw new TlsException("its certificate is for " + (seen.isEmpty() ? "no name" : String.join(", ", seen))
                + ", and not for \"" + host + "\"");
    }

    /// Whether it is an address, as it stands in a configuration.
    static boolean isAddress(String host) {
        return address(host).isPresent();
    }

    private record Name(int kind, String text) {}

    private static List<Name> names(X509Certificate certificate) throws TlsException {
        try {
            var alternatives = certificate.getSubjectAlternativeNames();
            var names = new ArrayList<Name>();
            if (alternatives != null) {
                for (var each : alternatives) {
                    int kind = (Integer) each.get(0);
                    if ((kind == DNS_NAME || kind == ADDRESS) && each.get(1) instanceof String text) {
                        names.add(new Name(kind, text));
                    }
                }
            }
            return names;
        } catch (CertificateParsingException e) {
            throw new TlsException("the names of its certificate cannot be read: " + e.getMessage());
        }
    }

    private static Optional<InetAddress> address(String text) {
        try {
            return Optional.of(InetAddress.ofLiteral(text));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    private static boolean isFor(String pattern, String host) {
        if (pattern.indexOf('\0') >= 0) {
            return false;
        }
        return pattern.equalsIgnoreCase(host) || (pattern.startsWith("*.") && isForAny(pattern.substring(1), host));
    }

    /// @param rest the pattern from its first dot on
    private static boolean isForAny(String rest, String host) {
        int dot = host.length() - rest.length();
        return rest.length() > 1
                && dot > 0
                && host.regionMatches(true, dot, rest, 0, rest.length())
                && host.indexOf('.') == dot;
    }
}
