package io.pgdoorman.operator.access;

import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import io.pgdoorman.operator.access.Decision.Granted;
import io.pgdoorman.operator.access.Decision.Refused;
import io.pgdoorman.operator.access.Decision.Why;
import io.pgdoorman.operator.api.v1alpha1.AccessSpec.From;
import io.pgdoorman.operator.api.v1alpha1.AccessSpec.Rule;
import io.pgdoorman.operator.api.v1alpha1.DatabaseSpec;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccess;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.UserSpec;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Puts claims and the rules of their pool together.
///
/// A claim is granted by the first rule that names its namespace, its database and its role. Older claims go before
/// younger ones, so that a full quota never takes access from those who have it.
public final class Consent {

    private static final int LONGEST_NAME = 63;

    private final DoormanPool pool;
    private final Map<String, Map<String, String>> labels;
    private final Map<String, Integer> used = new HashMap<>();

    private Consent(DoormanPool pool, Map<String, Map<String, String>> labels) {
        this.pool = pool;
        this.labels = labels;
    }

    /// Decides each claim of a pool.
    ///
    /// @param labels of namespaces, by name; one that is not in it fits no selector
    public static List<Decision> decide(
            DoormanPool pool, List<DoormanDatabaseAccess> claims, Map<String, Map<String, String>> labels) {
        var consent = new Consent(pool, labels);
        return claims.stream()
                .sorted(Comparator.comparing((DoormanDatabaseAccess claim) ->
                                Objects.requireNonNullElse(claim.getMetadata().getCreationTimestamp(), ""))
                        .thenComparing(claim -> claim.getMetadata().getUid()))
                .map(consent::decide)
                .toList();
    }

    /// What waits for approval gives no access yet, but takes it away at once.
    ///
    /// @param inForce decisions by the spec that is in force
    /// @param asked decisions about the same claims by the spec that waits
    public static List<Decision> both(List<Decision> inForce, List<Decision> asked) {
        var decisions = new ArrayList<Decision>();
        for (var i = 0; i < inForce.size(); i++) {
            decisions.add(asked.get(i) instanceof Refused refused ? refused : inForce.get(i));
        }
        return List.copyOf(decisions);
    }

    /// What a claim hears that no pool grants, whether there is one or not.
    public static Refused notGranted(DoormanDatabaseAccess claim) {
        var spec = claim.getSpec();
        return new Refused(
                claim,
                Why.NOT_GRANTED,
                "DoormanPool " + spec.poolRef().namespace() + "/"
                        + spec.poolRef().name() + " does not exist or has no access rule that gives database "
                        + spec.database() + " as " + spec.role() + " to namespace "
                        + claim.getMetadata().getNamespace());
    }

    private Decision decide(DoormanDatabaseAccess claim) {
        var shortfalls = new ArrayList<String>();
        for (var rule : pool.getSpec().access().all()) {
            var serverUser = serverUser(rule, claim);
            if (serverUser.isEmpty()) {
                continue;
            }
            var problem = beyond(rule, claim);
            if (problem == null && takesNoTokens(claim)) {
                return new Refused(
                        claim,
                        Why.NO_TOKENS,
                        "the pool takes no tokens of ServiceAccounts: leave serviceAccountName out, or ask for an"
                                + " auth.tokenIssuers with keys from Cluster");
            }
            if (problem == null) {
                return grant(rule, claim, serverUser.get());
            }
            shortfalls.add(problem);
        }
        return shortfalls.isEmpty()
                ? notGranted(claim)
                : new Refused(claim, Why.QUOTA_EXCEEDED, String.join("; ", shortfalls));
    }

    private boolean takesNoTokens(DoormanDatabaseAccess claim) {
        return claim.getSpec().serviceAccountName() != null
                && pool.getSpec().auth().clusterIssuer().isEmpty();
    }

    /// The user behind a claim's role, if the rule is about this claim.
    private Optional<String> serverUser(Rule rule, DoormanDatabaseAccess claim) {
        var spec = claim.getSpec();
        var database = spec.database();
        var fits = rule.databases().contains(database)
                && pool.getSpec().databases().stream()
                        .anyMatch(candidate -> candidate.name().equals(database))
                && fits(rule.from(), claim.getMetadata().getNamespace());
        return !fits
                ? Optional.empty()
                : rule.roles().stream()
                        .filter(role -> role.name().equals(spec.role()))
                        .map(role -> role.user())
                        .filter(user ->
                                users().stream().anyMatch(one -> one.name().equals(user)))
                        .findFirst();
    }

    private List<UserSpec> users() {
        return pool.getSpec().auth().users();
    }

    private boolean fits(From from, String namespace) {
        var names = from.namespaces();
        if (names != null) {
            return names.contains(namespace);
        }
        var selector = from.selector();
        var own = labels.get(namespace);
        return selector != null && own != null && fits(selector, own);
    }

    private static boolean fits(LabelSelector selector, Map<String, String> labels) {
        var wanted = selector.getMatchLabels();
        var expressions = selector.getMatchExpressions();
        return (wanted == null || labels.entrySet().containsAll(wanted.entrySet()))
                && (expressions == null || expressions.stream().allMatch(one -> fits(one, labels)));
    }

    /// An operator that Kubernetes does not know fits nothing: a typing error must not open a door.
    private static boolean fits(LabelSelectorRequirement requirement, Map<String, String> labels) {
        var value = labels.get(requirement.getKey());
        var values = Objects.requireNonNullElse(requirement.getValues(), List.<String>of());
        return switch (Objects.requireNonNullElse(requirement.getOperator(), "")) {
            case "In" -> value != null && values.contains(value);
            case "NotIn" -> value == null || !values.contains(value);
            case "Exists" -> value != null;
            case "DoesNotExist" -> value == null;
            default -> false;
        };
    }

    /// What a rule's quotas have against a claim that it is about.
    private @Nullable String beyond(Rule rule, DoormanDatabaseAccess claim) {
        var quotas = rule.quotas();
        var spec = claim.getSpec();
        var clients = larger("maxClientConnections", spec.maxClientConnections(), quotas.maxClientConnections());
        if (clients != null) {
            return clients;
        }
        var servers = larger("poolSize", spec.poolSize(), quotas.poolSize());
        if (servers != null) {
            return servers;
        }
        return used.getOrDefault(slot(rule, claim), 0) < quotas.claims()
                ? null
                : "namespace " + claim.getMetadata().getNamespace() + " has the " + quotas.claims()
                        + " claims already that it may have: delete one or ask for more";
    }

    private static @Nullable String larger(String field, @Nullable Integer asked, @Nullable Integer most) {
        return asked == null || most == null || asked <= most
                ? null
                : field + " is " + asked + ", at most " + most + " is granted";
    }

    private static String slot(Rule rule, DoormanDatabaseAccess claim) {
        return rule.name() + "/" + claim.getMetadata().getNamespace();
    }

    private Decision grant(Rule rule, DoormanDatabaseAccess claim, String serverUser) {
        var user = user(claim);
        if (users().stream().anyMatch(one -> one.name().equals(user))) {
            return notGranted(claim);
        }
        used.merge(slot(rule, claim), 1, Integer::sum);
        var spec = claim.getSpec();
        var clients = spec.maxClientConnections() == null
                ? rule.quotas().maxClientConnections()
                : spec.maxClientConnections();
        var issuer = spec.serviceAccountName() == null
                ? null
                : pool.getSpec().auth().clusterIssuer().orElseThrow();
        return new Granted(claim, user, serverUser, poolSize(rule, claim), clients, issuer, spec.rotation());
    }

    private int poolSize(Rule rule, DoormanDatabaseAccess claim) {
        var asked = claim.getSpec().poolSize();
        if (asked != null) {
            return asked;
        }
        var usual = pool.getSpec().databases().stream()
                .filter(database -> database.name().equals(claim.getSpec().database()))
                .mapToInt(DatabaseSpec::poolSize)
                .findFirst()
                .orElseThrow();
        var most = rule.quotas().poolSize();
        return most == null ? usual : Math.min(usual, most);
    }

    /// Readable in logs and SHOW, and never that of another claim: a claim that is made anew has a new uid.
    private static String user(DoormanDatabaseAccess claim) {
        var meta = claim.getMetadata();
        var uid = meta.getUid().replace("-", "");
        var suffix = "-" + uid.substring(0, Math.min(12, uid.length()));
        var readable = meta.getNamespace() + "." + meta.getName();
        return readable.substring(0, Math.min(readable.length(), LONGEST_NAME - suffix.length())) + suffix;
    }
}
