package io.pgdoorman.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Whose tokens let clients in, by which keys they are known, and whom they let in as whom.
public record TokenIssuerConfig(Keys keys, Demands demands, Bearers bearers) {

    /// Where the public keys are: a file or a URL.
    ///
    /// @param authorities of the URL's certificate; empty for those of the JDK
    /// @param token a file with a token that opens the URL
    /// @param refresh age after which the URL is asked again
    public record Keys(
            Optional<Path> file,
            Optional<String> url,
            Optional<Path> authorities,
            Optional<Path> token,
            Duration refresh) {}

    /// What tokens have to say.
    ///
    /// @param issuer of the claim `iss`; empty for any
    /// @param audience one of these has to be in `aud`
    /// @param algorithms of `RS256`, `ES256`, `EdDSA`
    /// @param leeway by which clocks may differ
    public record Demands(Optional<String> issuer, List<String> audience, List<String> algorithms, Duration leeway) {
        public Demands {
            audience = List.copyOf(audience);
            algorithms = List.copyOf(algorithms);
        }
    }

    /// Who comes in with them.
    ///
    /// @param userClaim whose value is the user
    /// @param roleClaim whose values are the users, instead
    /// @param serviceAccounts who may be which user, instead
    /// @param endsSessions whether a session ends with its token
    public record Bearers(
            String userClaim,
            Optional<String> roleClaim,
            List<ServiceAccountRule> serviceAccounts,
            boolean endsSessions) {
        public Bearers {
            serviceAccounts = List.copyOf(serviceAccounts);
        }
    }

    /// A ServiceAccount of Kubernetes and a user that it may be.
    ///
    /// @param name `*` for all of the namespace
    /// @param database `*` for all
    public record ServiceAccountRule(String namespace, String name, String user, String database) {
        /// What stands for all.
        public static final String ANY = "*";
    }
}
