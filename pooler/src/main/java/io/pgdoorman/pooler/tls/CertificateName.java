package io.pgdoorman.pooler.tls;

import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.security.auth.x500.X500Principal;

/// The user name that a client certificate carries (PostgreSQL manual, "Certificate Authentication").
public final class CertificateName {
    private CertificateName() {}

    /// The common name, the first one where there are several; empty when there is none.
    public static Optional<String> common(X509Certificate certificate) {
        try {
            var name = new LdapName(certificate.getSubjectX500Principal().getName(X500Principal.RFC2253));
            return name.getRdns().stream()
                    .filter(part -> part.getType().equalsIgnoreCase("CN"))
                    .map(part -> String.valueOf(part.getValue()))
                    .filter(text -> !text.isEmpty() && text.indexOf('\0') < 0)
                    .findFirst();
        } catch (InvalidNameException _) {
            return Optional.empty();
        }
    }

    /// The whole subject in the form of RFC 2253.
    public static Optional<String> distinguished(X509Certificate certificate) {
        return Optional.of(certificate.getSubjectX500Principal().getName(X500Principal.RFC2253))
                .filter(name -> !name.isEmpty());
    }
}
