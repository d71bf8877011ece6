package io.pgdoorman.config.catalogue;

import static io.pgdoorman.config.catalogue.Types.bool;
import static io.pgdoorman.config.catalogue.Types.cidr;
import static io.pgdoorman.config.catalogue.Types.integer;

import io.pgdoorman.config.Cidr;
import io.pgdoorman.config.GeneralConfig;
import java.net.InetAddress;
import java.util.List;

/// The keys of logins, in the section `general`; all extensions of ours.
public final class LoginSettings {
    private static final Section<GeneralConfig> S = GeneralSettings.S;
    private static final List<Cidr> THIS_MACHINE =
            List.of(new Cidr(InetAddress.ofLiteral("127.0.0.0"), 8), new Cidr(InetAddress.ofLiteral("::1"), 128));

    public static final Setting<GeneralConfig, Integer> SCRAM_ITERATIONS = S.hot(
                    "scram_iterations", integer(1, 10_000_000))
            .orElse(4096)
            .acts(
                    g -> g.logins().scramIterations(),
                    "SCRAM iterations of verifiers made from plain passwords, and of the mock exchange for unknown"
                            + " users, so that they look alike; stored verifiers keep their own. An extension.");
    public static final Setting<GeneralConfig, Integer> MAX_UNAUTHENTICATED = S.hot(
                    "max_unauthenticated_connections", integer(0, 1_000_000))
            .orElse(0)
            .acts(
                    g -> g.logins().mostUnauthenticated(),
                    "Most connections at once that have not logged in yet; the next one is refused with 53300. 0 ="
                            + " max_connections and 256. An extension.");
    public static final Setting<GeneralConfig, Integer> FAILURES_PER_MINUTE = S.hot(
                    "login_failures_per_minute", integer(0, 1_000_000))
            .orElse(60)
            .acts(
                    g -> g.logins().failures().perMinute(),
                    "Failed logins of one address (of one /64 with IPv6) per minute, all at once or spread; beyond it"
                            + " its logins are refused with 53300 before a password is asked. Unix sockets have no"
                            + " limit; 0 = nobody has. An extension.");
    public static final Setting<GeneralConfig, List<Cidr>> FAILURES_EXEMPT = S.hot(
                    "login_failures_exempt", new ListType<>(cidr()))
            .orElse(THIS_MACHINE)
            .acts(
                    g -> g.logins().failures().exempt(),
                    "Networks without login_failures_per_minute: proxies that many clients come from, and by default"
                            + " this machine. An extension.");
    public static final Setting<GeneralConfig, Boolean> AUDIT_SUCCESSES = S.hot("audit_successful_logins", bool())
            .orElse(false)
            .acts(
                    g -> g.logins().auditsSuccesses(),
                    "Logins that succeed stand in the audit log beside those that fail. An extension.");

    private LoginSettings() {}

    /// Makes the keys known at the place where the document lists them.
    static void enlist() {}
}
