package io.pgdoorman.pooler.ldap;

import com.unboundid.ldap.sdk.BindResult;
import com.unboundid.ldap.sdk.DN;
import com.unboundid.ldap.sdk.ExtendedResult;
import com.unboundid.ldap.sdk.Filter;
import com.unboundid.ldap.sdk.LDAPConnection;
import com.unboundid.ldap.sdk.LDAPConnectionOptions;
import com.unboundid.ldap.sdk.LDAPException;
import com.unboundid.ldap.sdk.RDN;
import com.unboundid.ldap.sdk.ResultCode;
import com.unboundid.ldap.sdk.SearchRequest;
import com.unboundid.ldap.sdk.SearchResultEntry;
import com.unboundid.ldap.sdk.SimpleBindRequest;
import com.unboundid.ldap.sdk.extensions.StartTLSExtendedRequest;
import io.pgdoorman.pooler.auth.BlockingCheck;
import io.pgdoorman.pooler.tls.TlsException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// Binds to a directory with the client's password, as PostgreSQL's `CheckLDAPAuth` does; on a connection of its own,
/// since a bind changes whose connection it is.
public final class LdapCheck extends BlockingCheck {
    private static final int CONNECT_MILLIS = 3_000;
    private static final int ANSWER_MILLIS = 5_000;

    /// PostgreSQL refuses these in a user name rather than escape them.
    private static final String NEVER_IN_NAMES = "*()\\/\0";

    /// What has a meaning in the name of an entry (RFC 4514 §2.4).
    private static final String SPECIAL_IN_DN = ",+\"<>;=#";

    private final LdapRule rule;
    private final @Nullable DirectoryTrust trust;

    /// @param authorities of the directory's certificate, followed to their file; null for those of the JDK
    public LdapCheck(LdapRule rule, @Nullable Path authorities, Means means) {
        super(means);
        this.rule = rule;
        this.trust = authorities == null ? null : new DirectoryTrust(authorities);
    }

    @Override
    public String method() {
        return "LDAP";
    }

    @Override
    protected Finding judge(Attempt attempt) {
        var user = attempt.user();
        if (attempt.secret().isEmpty()) {
            return Refused.silently("an empty password, which a directory would take for an anonymous login");
        }
        if (user.chars().anyMatch(c -> NEVER_IN_NAMES.indexOf(c) >= 0)) {
            return Refused.silently("invalid character in user name for LDAP authentication");
        }
        try {
            return switch (rule.way()) {
                case LdapRule.Direct direct -> bind(direct, attempt);
                case LdapRule.Search search -> search(search, attempt);
            };
        } catch (LDAPException e) {
            return new Unavailable(e.getResultCode() + ": " + e.getMessage());
        } catch (TlsException e) {
            return new Unavailable(e.text());
        } catch (GeneralSecurityException e) {
            return new Unavailable("TLS cannot be used: " + e.getMessage());
        }
    }

    private Finding bind(LdapRule.Direct direct, Attempt attempt)
            throws LDAPException, TlsException, GeneralSecurityException {
        var user = attempt.user();
        boolean isSpecial = user.chars().anyMatch(c -> SPECIAL_IN_DN.indexOf(c) >= 0)
                || !user.strip().equals(user);
        if (isSpecial && !DN.isValidDN(direct.prefix() + "x" + direct.suffix())) {
            return Refused.silently("invalid character in user name for LDAP authentication");
        }
        var name = direct.prefix() + (isSpecial ? escaped(user) : user) + direct.suffix();
        try (var connection = connect()) {
            return bound(connection, name, attempt);
        }
    }

    /// As the value of an attribute in the name of an entry.
    private static String escaped(String user) {
        var text = new RDN("x", user).toString();
        return text.substring(text.indexOf('=') + 1);
    }

    private Finding search(LdapRule.Search search, Attempt attempt)
            throws LDAPException, TlsException, GeneralSecurityException {
        String name;
        try (var connection = connect()) {
            var login = search.login();
            var result = bind(connection, login.name(), login.password());
            if (!ResultCode.SUCCESS.equals(result.getResultCode())) {
                return new Unavailable("could not perform initial LDAP bind for ldapbinddn \"" + login.name() + "\": "
                        + result.getResultCode());
            }
            var filter = search.filter().replace(LdapRule.USER, Filter.encodeValue(attempt.user()));
            var request = new SearchRequest(search.base(), search.scope(), filter, SearchRequest.NO_ATTRIBUTES);
            request.setSizeLimit(2);
            // null only where a listener takes the entries
            var found = Objects.requireNonNullElse(
                    connection.search(request).getSearchEntries(), List.<SearchResultEntry>of());
            if (found.size() != 1) {
                return Refused.silently("LDAP user \"" + attempt.user() + "\" "
                        + (found.isEmpty() ? "does not exist" : "is not unique"));
            }
            name = found.getFirst().getDN();
        }
        // anew, as PostgreSQL does: nothing of the first login is to reach the second
        try (var connection = connect()) {
            return bound(connection, name, attempt);
        }
    }

    private static Finding bound(LDAPConnection connection, String name, Attempt attempt) throws LDAPException {
        var result = bind(connection, name, attempt.secret());
        return ResultCode.SUCCESS.equals(result.getResultCode())
                ? Accepted.of(name)
                : Refused.silently("LDAP login failed for user \"" + name + "\": " + result.getResultCode());
    }

    /// What the directory says; a directory that cannot be asked throws.
    private static BindResult bind(LDAPConnection connection, String name, String password) throws LDAPException {
        try {
            return connection.bind(new SimpleBindRequest(name, password));
        } catch (LDAPException e) {
            if (e.getResultCode().isConnectionUsable()) {
                return new BindResult(e);
            }
            throw e;
        }
    }

    /// To the first host that can be reached and, where that is wished, trusted.
    private LDAPConnection connect() throws LDAPException, TlsException, GeneralSecurityException {
        var tls = rule.isTls() || rule.startTls() ? new NamedSockets(context().getSocketFactory()) : null;
        LDAPException last = null;
        for (var host : rule.hosts()) {
            try {
                return connect(host, tls);
            } catch (LDAPException e) {
                last = e;
            }
        }
        throw last == null ? new LDAPException(ResultCode.CONNECT_ERROR, "no host") : last;
    }

    private LDAPConnection connect(String host, @Nullable NamedSockets tls) throws LDAPException {
        var options = new LDAPConnectionOptions();
        options.setConnectTimeoutMillis(CONNECT_MILLIS);
        options.setResponseTimeoutMillis(ANSWER_MILLIS);
        options.setUseSynchronousMode(true); // without a reader thread for each
        options.setFollowReferrals(false);
        if (!rule.startTls()) {
            return tls == null
                    ? new LDAPConnection(options, host, rule.port())
                    : new LDAPConnection(tls, options, host, rule.port());
        }
        var connection = new LDAPConnection(options, host, rule.port());
        try {
            ExtendedResult result = connection.processExtendedOperation(new StartTLSExtendedRequest(tls));
            if (!ResultCode.SUCCESS.equals(result.getResultCode())) {
                throw new LDAPException(result.getResultCode(), "could not start LDAP TLS session");
            }
            return connection;
        } catch (LDAPException e) {
            connection.close();
            throw e;
        }
    }

    private SSLContext context() throws TlsException, GeneralSecurityException {
        return trust == null ? SSLContext.getDefault() : trust.context();
    }
}
