package io.pgdoorman.pooler.token;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.auth.OutsideCheck.Accepted;
import io.pgdoorman.pooler.auth.OutsideCheck.As;
import io.pgdoorman.pooler.auth.OutsideCheck.Attempt;
import io.pgdoorman.pooler.auth.OutsideCheck.Finding;
import io.pgdoorman.pooler.auth.OutsideCheck.Refused;
import io.pgdoorman.pooler.auth.OutsideCheck.Unavailable;
import io.pgdoorman.pooler.script.Signer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenCheckTest {
    private static final long SEED = 20261129;
    private static final Signer RSA = Signer.of("r", "RS256");
    private static final Signer EC = Signer.of("e", "ES256");
    private static final Signer ED = Signer.of("d", "EdDSA");
    private final Instant now = Instant.now();
    private final TokenChecks checks = new TokenChecks(TokenCheck.Means.of(Runnable::run, InstantSource.fixed(now)));
    private static final Demands STRICT = new Demands(
            Optional.of("https://idp"), List.of("doorman"), List.of(Algorithm.values()), Duration.ofSeconds(30));

    private static KeySet keys(Signer... signers) throws TokenKeyException {
        return KeyText.parse(Signer.jwks(signers));
    }

    private Finding asks(KeySource keys, Demands demands, String token) {
        var issuer = new TokenCheck.Issuer(keys, demands, false);
        return found(checks.named(issuer, "preferred_username", String::equals), token, "shop", "app");
    }

    private static Finding found(
            io.pgdoorman.pooler.auth.OutsideCheck check, String token, String database, String user) {
        return check.check(new Attempt(database, user, token, "127.0.0.1"))
                .toCompletableFuture()
                .join();
    }

    private static Map<String, Object> good(Object... more) {
        var claims = Signer.claims("preferred_username", "app", "iss", "https://idp", "aud", "doorman");
        for (int i = 0; i < more.length; i += 2) {
            claims.put(String.valueOf(more[i]), more[i + 1]);
        }
        return claims;
    }

    @ParameterizedTest
    @ValueSource(strings = {"RS256", "ES256", "EdDSA"})
    void takesATokenOfEachAlgorithmByAKeySetAndByPem(String algorithm) throws TokenKeyException {
        // given
        var signer = Signer.of("k", algorithm);
        var set = keys(RSA, signer);
        var pem = KeyText.parse(signer.pem());

        // when
        var bySet = asks(KeySource.of(() -> set), STRICT, signer.signs(good()));
        var byPem = asks(KeySource.of(() -> pem), STRICT, signer.signs(good()));

        // then
        assertThat(bySet).isEqualTo(Accepted.of("app"));
        assertThat(byPem).isEqualTo(Accepted.of("app"));
    }

    @Test
    void neverTakesNoneNorASecretThatEverybodyKnows() throws TokenKeyException, GeneralSecurityException {
        // given
        var pem = KeyText.parse(RSA.pem());
        var none =
                Signer.encoded("{\"alg\":\"none\"}") + "." + Signer.encoded("{\"preferred_username\":\"app\"}") + ".";
        var withDot = none + "AA";
        var mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(RSA.pem().getBytes(StandardCharsets.US_ASCII), "HmacSHA256"));
        var signed = Signer.encoded("{\"alg\":\"HS256\"}") + "." + Signer.encoded("{\"preferred_username\":\"app\"}");
        var hmac = signed + "."
                + Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString(mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII)));

        // when then
        for (var token : List.of(none, withDot, hmac)) {
            assertThat(asks(KeySource.of(() -> pem), Demands.ofPgDoorman(), token))
                    .isInstanceOfSatisfying(
                            Refused.class, refused -> assertThat(refused.told()).isEmpty());
        }
    }

    @Test
    void aKeyServesItsOwnAlgorithmOnly() throws TokenKeyException {
        // given
        var all = keys(RSA, EC, ED);
        var tokens = new ArrayList<String>();
        for (var signer : List.of(RSA, EC, ED)) {
            for (var other : List.of(RSA, EC, ED)) {
                if (!signer.equals(other)) {
                    // signed by one, and said to be of the other's kind, by either's name
                    tokens.add(signer.signs(Map.of("alg", other.algorithm(), "kid", signer.id()), "{}"));
                    tokens.add(signer.signs(Map.of("alg", other.algorithm(), "kid", other.id()), "{}"));
                    tokens.add(signer.signs(Map.of("alg", other.algorithm()), "{}"));
                }
            }
        }

        // when then
        assertThat(tokens)
                .hasSize(18)
                .allSatisfy(token -> assertThat(asks(KeySource.of(() -> all), Demands.ofPgDoorman(), token))
                        .isInstanceOfSatisfying(
                                Refused.class,
                                refused -> assertThat(refused.told()).isEmpty()));
    }

    @Test
    void algorithmThatIsNotAllowedIsRefused() throws TokenKeyException {
        // given
        var set = keys(RSA);
        var demands = new Demands(Optional.empty(), List.of(), List.of(Algorithm.ES256), Duration.ZERO);

        // when then
        assertThat(asks(KeySource.of(() -> set), demands, RSA.signs(good()))).isInstanceOf(Refused.class);
    }

    @Test
    void changedTokenAndForeignSignatureAreRefusedWithoutAWord() throws TokenKeyException {
        // given
        var set = keys(RSA, EC, ED);
        for (var signer : List.of(RSA, EC, ED)) {
            var token = signer.signs(good());
            var parts = token.split("\\.");
            var stranger = Signer.of(signer.id(), signer.algorithm());
            var changed = List.of(
                    parts[0] + "." + Signer.encoded("{\"preferred_username\":\"app\"}") + "." + parts[2],
                    stranger.signs(good()),
                    parts[0] + "." + parts[1] + "." + "AAAA",
                    signer.signs(Map.of("alg", signer.algorithm(), "kid", "unknown"), "{}"));

            // when then
            assertThat(changed)
                    .allSatisfy(broken -> assertThat(asks(KeySource.of(() -> set), STRICT, broken))
                            .isInstanceOfSatisfying(
                                    Refused.class,
                                    refused -> assertThat(refused.told()).isEmpty()));
        }
    }

    @Test
    void claimsHaveToFit() throws TokenKeyException {
        // given
        var set = keys(EC);
        var wrong = Map.of(
                "expired", good("exp", now.minusSeconds(31).getEpochSecond()),
                "not yet valid", good("nbf", now.plusSeconds(40).getEpochSecond()),
                "another issuer", good("iss", "https://other"),
                "another audience", good("aud", List.of("billing", "mail")),
                "another user", good("preferred_username", "postgres"),
                "no user", good("preferred_username", 7));
        var withoutEnd = good();
        withoutEnd.remove("exp");

        // when then
        wrong.forEach((why, claims) -> assertThat(asks(KeySource.of(() -> set), STRICT, EC.signs(claims)))
                .as(why)
                .isInstanceOfSatisfying(
                        Refused.class, refused -> assertThat(refused.told()).startsWith("the token ")));
        assertThat(asks(KeySource.of(() -> set), STRICT, EC.signs(withoutEnd))).isInstanceOf(Refused.class);
        assertThat(asks(
                        KeySource.of(() -> set),
                        STRICT,
                        EC.signs(good(
                                "exp",
                                now.minusSeconds(20).getEpochSecond(),
                                "nbf",
                                now.plusSeconds(20).getEpochSecond(),
                                "aud",
                                List.of("billing", "doorman")))))
                .as("within the leeway")
                .isEqualTo(Accepted.of("app"));
    }

    @Test
    void whatIsNoTokenIsRefusedBeforeAnyKeyIsAskedFor() {
        // given
        var asked = new AtomicInteger();
        KeySource keys = _ -> {
            asked.incrementAndGet();
            return CompletableFuture.failedStage(new AssertionError("asked for keys"));
        };
        var deep = "[".repeat(700);
        var hostile = List.of(
                "secret",
                "..",
                "a.b",
                "a.b.c",
                "a.b.c.d",
                "A".repeat(20_000) + ".B.C",
                Signer.encoded("{\"alg\":\"RS256\",\"kid\":\"" + "k".repeat(600) + "\"}") + ".e30.AA",
                Signer.encoded("{\"alg\":\"RS256\",\"x\":\"" + "k".repeat(2000) + "\"}") + ".e30.AA",
                Signer.encoded("{\"alg\":" + deep) + ".e30.AA",
                Signer.encoded("{\"alg\":\"RS256\",\"jwk\":" + deep + "]".repeat(700) + "}") + ".e30.AA",
                Signer.encoded("{\"alg\":\"RS256\",\"crit\":[\"b64\"],\"b64\":false}") + ".e30.AA",
                Signer.encoded("{\"alg\":\"RS256\"}") + ".e30=.AA",
                Signer.encoded("{\"alg\":\"RS256\"}") + ".e3 0.AA",
                Signer.encoded("{\"alg\":\"PS256\"}") + ".e30.AA",
                Signer.encoded("{\"alg\":7}") + ".e30.AA",
                Signer.encoded("[]") + ".e30.AA",
                RSA.signs(good()) + "." + RSA.signs(good()),
                "\0\0\0",
                "é.é.é");

        // when then
        assertThat(hostile)
                .allSatisfy(token -> assertThat(asks(keys, STRICT, token))
                        .as(token.substring(0, Math.min(40, token.length())))
                        .isInstanceOfSatisfying(
                                Refused.class,
                                refused -> assertThat(refused.told()).isEmpty()));
        assertThat(asked).hasValue(0);
    }

    @Test
    void genuineTokenWithAHostilePayloadIsRefused() throws TokenKeyException {
        // given
        var set = keys(ED);
        var header = Map.<String, Object>of("alg", "EdDSA");
        var payloads =
                List.of("", "[]", "7", "{\"a\":" + "[".repeat(5000), "{\"exp\":\"soon\"}", "{\"exp\":1e400}", "{");

        // when then
        assertThat(payloads)
                .allSatisfy(payload -> assertThat(asks(
                                KeySource.of(() -> set), STRICT, ED.signs(header, payload.isEmpty() ? " " : payload)))
                        .isInstanceOf(Refused.class));
    }

    @Test
    void noChangeOfHeaderOrPayloadIsEverTaken() throws TokenKeyException {
        // given
        var set = keys(RSA, EC, ED);
        var random = new Random(SEED);
        int refused = 0;
        for (var signer : List.of(RSA, EC, ED)) {
            var token = signer.signs(good());
            int signature = token.lastIndexOf('.');
            for (int i = 0; i < 2000; i++) {
                var changed = new StringBuilder(token);
                int at = random.nextInt(signature);
                switch (random.nextInt(4)) {
                    case 0 -> changed.setCharAt(at, (char) ('!' + random.nextInt(94)));
                    case 1 -> changed.deleteCharAt(at);
                    case 2 -> changed.insert(at, (char) random.nextInt(256));
                    default -> changed.replace(at, signature, token.substring(0, random.nextInt(signature)));
                }
                if (changed.toString().equals(token)) {
                    continue;
                }

                // when
                var finding = asks(KeySource.of(() -> set), STRICT, changed.toString());

                // then
                assertThat(finding)
                        .as("seed " + SEED + ": " + changed)
                        .isInstanceOfSatisfying(
                                Refused.class, one -> assertThat(one.told()).isEmpty());
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(5900);
    }

    @Test
    void issuerWithoutKeysIsUnavailable() {
        // given
        KeySource keys = _ -> CompletableFuture.failedStage(new TokenKeyException("the URL does not answer"));

        // when then
        assertThat(asks(keys, STRICT, RSA.signs(good()))).isEqualTo(new Unavailable("the URL does not answer"));
    }

    @Test
    void sessionLastsAsLongAsItsTokenWhereThatIsWished() throws TokenKeyException {
        // given
        var set = keys(RSA);
        var issuer = new TokenCheck.Issuer(KeySource.of(() -> set), STRICT, true);
        var end = now.plusSeconds(60);
        var check = checks.named(issuer, "preferred_username", String::equals);

        // when
        var finding = found(check, RSA.signs(good("exp", end.getEpochSecond())), "shop", "app");

        // then
        assertThat(finding)
                .isInstanceOfSatisfying(
                        Accepted.class,
                        accepted -> assertThat(accepted.lasts())
                                .hasValueSatisfying(left ->
                                        assertThat(left).isBetween(Duration.ofSeconds(89), Duration.ofSeconds(90))));
    }

    @Test
    void rolesMayBeNestedAndTheUserIsOneOfThem() throws TokenKeyException {
        // given
        var set = keys(RSA);
        var issuer = new TokenCheck.Issuer(KeySource.of(() -> set), STRICT, false);
        var check = checks.roles(
                issuer, new TokenChecks.RoleClaims("realm_access.roles", "preferred_username"), String::equals);
        var token = RSA.signs(good("realm_access", Map.of("roles", List.of("app", 7, "clerk"))));

        // when then
        assertThat(found(check, token, "shop", "clerk")).isEqualTo(Accepted.of("app"));
        assertThat(found(check, token, "shop", "owner")).isInstanceOf(Refused.class);
        assertThat(found(check, RSA.signs(good("realm_access", "app")), "shop", "app"))
                .isInstanceOf(Refused.class);
    }

    @Test
    void serviceAccountIsTheUserOfItsRuleOnly() throws TokenKeyException {
        // given
        var set = keys(RSA);
        var issuer = new TokenCheck.Issuer(KeySource.of(() -> set), STRICT, false);
        var check = checks.serviceAccounts(
                issuer,
                List.of(
                        new ServiceAccount("shop", "api", "app", "shop"),
                        new ServiceAccount("reports", "*", "clerk", "*")));
        var api = RSA.signs(good("sub", "system:serviceaccount:shop:api"));
        var report = RSA.signs(good("sub", "system:serviceaccount:reports:nightly"));

        // when then
        assertThat(found(check, api, "shop", "app")).isEqualTo(Accepted.of("system:serviceaccount:shop:api"));
        assertThat(found(check, report, "anything", "clerk")).isInstanceOf(Accepted.class);
        var refused = new ArrayList<Finding>();
        refused.add(found(check, api, "other", "app"));
        refused.add(found(check, api, "shop", "clerk"));
        refused.add(found(check, report, "shop", "app"));
        for (var subject : List.of(
                "system:serviceaccount:other:api",
                "system:serviceaccount:shop:api2",
                "system:serviceaccount:shop",
                "system:serviceaccount:shop:api:app",
                "system:node:shop:api",
                "shop:api",
                "")) {
            refused.add(found(check, RSA.signs(good("sub", subject)), "shop", "app"));
        }
        assertThat(refused).hasSize(10).allSatisfy(one -> assertThat(one).isInstanceOf(Refused.class));
    }

    @Test
    void talosCountsOnlyTheRolesInTheDatabaseThatIsAskedFor() throws TokenKeyException {
        // given
        var set = keys(RSA);
        var issuer = new TokenCheck.Issuer(KeySource.of(() -> set), Demands.ofPgDoorman(), false);
        var check = checks.talos(issuer, List.of("shop", "billing"));
        var claims = Signer.claims("clientId", "robot");
        claims.put(
                "resource_access",
                Map.of(
                        "pg:shop", Map.of("roles", List.of("read_only", "read_write")),
                        "pg:billing", Map.of("roles", List.of("owner")),
                        "pg:secret", Map.of("roles", List.of("owner")),
                        "shop", Map.of("roles", List.of("owner"))));
        var token = RSA.signs(claims);

        // when then
        assertThat(role(found(check, token, "shop", "talos"))).contains(new As("read_write", "robot"));
        assertThat(role(found(check, token, "billing", "talos"))).contains(new As("owner", "robot"));
        assertThat(found(check, token, "secret", "talos")).isInstanceOf(Refused.class);
        claims.put("resource_access", Map.of("pg:shop", Map.of("roles", List.of("root"))));
        assertThat(found(check, RSA.signs(claims), "shop", "talos")).isInstanceOf(Refused.class);
    }

    private static Optional<As> role(Finding finding) {
        return finding instanceof Accepted accepted ? accepted.as() : Optional.empty();
    }

    @Test
    void keysThatAreWeakOrOfAnotherKindAreRefused() throws TokenKeyException {
        // given
        var weak = """
            {"keys":[{"kty":"RSA","e":"AQAB","n":"%s"}]}\
            """.formatted(Base64.getUrlEncoder().withoutPadding().encodeToString(odd(128)));
        var secret = """
            {"keys":[{"kty":"oct","k":"c2VjcmV0"}]}\
            """;

        // when then
        for (var text :
                List.of(weak, secret, "{\"keys\":[]}", "{}", "", "-----BEGIN PUBLIC KEY-----\n", "{\"keys\":7}")) {
            org.assertj.core.api.Assertions.assertThatThrownBy(() -> KeyText.parse(text))
                    .as(text)
                    .isInstanceOf(TokenKeyException.class);
        }
        var mixed = KeyText.parse(Signer.jwks(RSA).replace("[{", "[{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"},{"));
        assertThat(asks(KeySource.of(() -> mixed), STRICT, RSA.signs(good()))).isInstanceOf(Accepted.class);
    }

    private static byte[] odd(int length) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) 0xd7);
        return bytes;
    }
}
