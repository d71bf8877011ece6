package io.pgdoorman.pooler.pam;

import io.pgdoorman.pooler.auth.BlockingCheck;
import java.net.InetAddress;
import java.net.UnknownHostException;

/// Asks PAM, as PostgreSQL's `CheckPAMAuth` does: whether the password is right, and whether the account may be used.
public final class PamCheck extends BlockingCheck {
    /// PostgreSQL's.
    public static final String SERVICE = "postgresql";

    private static final String LOCAL = "[local]";

    private final Pam pam;
    private final String service;
    private final boolean tellsHostName;

    /// @param service name of a file in /etc/pam.d
    /// @param tellsHostName whether PAM gets the name of the client's host instead of its address
    public PamCheck(Pam pam, String service, boolean tellsHostName, Means means) {
        super(means);
        this.pam = pam;
        this.service = service;
        this.tellsHostName = tellsHostName;
    }

    @Override
    public String method() {
        return "PAM";
    }

    @Override
    protected Finding judge(Attempt attempt) {
        var from = attempt.from().equals(LOCAL) ? "" : host(attempt.from());
        var answer = pam.ask(service, new Pam.Account(attempt.user(), attempt.secret(), from));
        return answer.isGood() ? Accepted.of(attempt.user()) : Refused.silently(answer.text());
    }

    private String host(String address) {
        if (!tellsHostName) {
            return address;
        }
        try {
            return InetAddress.getByAddress(InetAddress.ofLiteral(address).getAddress())
                    .getCanonicalHostName();
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e); // bytes of an address are one
        }
    }
}
