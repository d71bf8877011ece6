package io.pgdoorman.pooler.token;

import io.pgdoorman.pooler.auth.OutsideCheck;
import java.util.List;

/// The user is one of those that a workload in Kubernetes may be, by the namespace and name of its ServiceAccount.
///
/// A projected token has the subject `system:serviceaccount:NAMESPACE:NAME` (Kubernetes' manual, "Authenticating");
/// both are DNS labels, so that a colon can be in neither.
record ServiceAccountBearer(List<ServiceAccount> rules) implements Bearer {
    private static final String PREFIX = "system:serviceaccount:";

    ServiceAccountBearer {
        rules = List.copyOf(rules);
    }

    @Override
    public Found of(Claims claims, OutsideCheck.Attempt attempt) throws TokenException {
        var subject = claims.text("sub").orElse("");
        var parts = subject.split(":", -1);
        if (!subject.startsWith(PREFIX) || parts.length != 4) {
            throw TokenException.genuine("the token is not of a ServiceAccount: its sub is \"" + subject + "\"");
        }
        if (rules.stream().noneMatch(rule -> rule.fits(parts[2], parts[3], attempt))) {
            throw TokenException.genuine("ServiceAccount " + parts[2] + "/" + parts[3] + " may not be this user here");
        }
        return Found.of(subject);
    }
}
