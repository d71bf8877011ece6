package io.pgdoorman.operator.render;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.operator.api.v1alpha1.DoormanPoolSpec;
import io.pgdoorman.operator.api.v1alpha1.Manifest;
import io.pgdoorman.operator.api.v1alpha1.SecretRef;
import io.pgdoorman.operator.api.v1alpha1.SecretUse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AuthTextTest {

    private static final Place POD = Place.pod("prod", "shop");
    private static final String KEYS = "{\"keys\": []}";
    private static final String TOKENS = """
        apiVersion: pgdoorman.io/v1alpha1
        kind: DoormanPool
        metadata: {name: shop}
        spec:
          servers: [{name: main, host: db.example}]
          databases: [{name: shop, serverRefs: [main]}]
          tls: {client: {certSecretRef: {name: shop-tls}}}
          auth:
            users:
            - {name: app, secretRef: {name: app-db}}
            - {name: api, serverSecretRef: {name: api-db}}
            tokenIssuers:
            - name: cluster
              keys: {from: Cluster}
              audiences: [doorman]
              serviceAccounts: [{namespace: orders, name: api, user: api}]
        """;

    /// Version 5.2 and no key, as Secrets carry it.
    private static final String KEYTAB = "BQI=";

    private static DoormanPoolSpec spec(String manifest) {
        var read = Manifest.readAll(manifest).getFirst();
        assertThat(read).isInstanceOf(Manifest.Read.Valid.class);
        return ((Manifest.Read.Valid) read).pool().getSpec();
    }

    /// Something fitting for all that a spec refers to.
    private static Map<SecretRef, SecretValue> values(DoormanPoolSpec spec) throws IOException {
        var certificate = Files.readString(Path.of("src/test/resources/tls/shop.pem"));
        var values = new HashMap<SecretRef, SecretValue>();
        for (var use : SecretUse.of(spec)) {
            var value = switch (use.kind()) {
                case PASSWORD, PLAIN_PASSWORD -> "s3cret";
                case CERTIFICATE, AUTHORITIES -> certificate;
                case PRIVATE_KEY -> "-----BEGIN PRIVATE KEY-----";
                case REVOKED -> "-----BEGIN X509 CRL-----";
                case PUBLIC_KEYS -> KEYS;
                case KEYTAB -> KEYTAB;
                case RULES -> "host all app 10.0.0.0/8 scram-sha-256\n";
            };
            values.put(use.ref(), new SecretValue("7", value));
        }
        return values;
    }

    private static Rendered.Valid valid(Rendered rendered) {
        assertThat(rendered).isInstanceOf(Rendered.Valid.class);
        return (Rendered.Valid) rendered;
    }

    @Test
    void writesAllThatThePoolerKnowsOfAccess() throws Exception {
        // given
        var spec = spec(Files.readString(Path.of("src/test/resources/manifests/valid-auth.yaml")));

        // when
        var rendered = valid(Renderer.render(spec, values(spec), POD));

        // then
        assertThat(rendered.text()).contains("""
              stats_username: "watcher"
              stats_password:
                file: "/etc/pgdoorman/stats-watcher-7"
              pg_hba:
                content: |
                  hostssl all api all jwt issuer=cluster
                  hostssl shop +people all cert map=people
                  hostssl all all 10.0.0.0/8 ldap ldapserver=ldap.example ldapbasedn="dc=example" ldapbinddn="cn=finder" @/etc/pgdoorman/ldap-bind-7
                  host all all all scram-sha-256
              pg_ident:
                content: |
                  people /^(.*)@example$ \\1
              hba_roles:
                people:
                - "ann"
                - "bob"
              ldap_tls_ca_cert: "/etc/pgdoorman/tls-ldap-7-ca.pem"
            """.indent(0)).contains("""
                token_issuers:
                  cluster:
                    keys_file: "/etc/pgdoorman/keys-cluster-7"
                    audience:
                    - "doorman"
                    service_accounts:
                    - namespace: "orders"
                      name: "api"
                      user: "api"
                      database: "shop"
                    - namespace: "reports"
                      name: "*"
                      user: "api"
                  company:
                    keys_url: "https://idp.example/keys"
                    keys_ca: "/etc/pgdoorman/tls-issuer-company-7-ca.pem"
                    issuer: "https://idp.example"
                    audience:
                    - "doorman"
                    - "databases"
                    role_claim: "realm_access.roles"
                    ends_sessions: true
                  batch:
                    keys_file: "/etc/pgdoorman/keys-batch-7"
                    audience:
                    - "doorman"
                    user_claim: "sub"
                """).contains("""
                        auth_query:
                          query: "select * from doorman_user($1)"
                          user: "doorman"
                          password:
                            file: "/etc/pgdoorman/query-doorman-7"
                          database: "shop_2026"
                          pool_size: 10
                          cache_ttl: "600000ms"
                          server_user: "people"
                          server_password:
                            file: "/etc/pgdoorman/query-server-doorman-7"
                        users:
                        - username: "app"
                          password:
                            file: "/etc/pgdoorman/user-app-7"
                          previous_password:
                            file: "/etc/pgdoorman/previous-app-7-old"
                          pool_size: 10
                          min_pool_size: 0
                          server_username: "app"
                          server_password:
                            file: "/etc/pgdoorman/user-app-7"
                        - username: "api"
                          password: ""
                          pool_size: 10
                          min_pool_size: 0
                          server_username: "api_rw"
                          server_password:
                            file: "/etc/pgdoorman/server-api-7"
                    """);
        assertThat(rendered.secrets())
                .containsEntry("ldap-bind-7", "ldapbindpasswd=\"s3cret\"")
                .containsEntry("keys-cluster-7", KEYS);
    }

    @Test
    void whatRulesMustNotSayStandsInFiles() throws Exception {
        // given
        var spec = spec(Files.readString(Path.of("src/test/resources/manifests/valid-radius-gss.yaml")));

        // when
        var rendered = valid(Renderer.render(spec, values(spec), POD));

        // then
        assertThat(rendered.text())
                .contains("""
                        content: |
                          host all all 10.0.0.0/8 radius radiusservers=radius.example @/etc/pgdoorman/radius-secret-7
                          host all all 10.1.0.0/16 gss include_realm=0 krb_realm=EXAMPLE.COM
                          host all all 10.2.0.0/16 ident map=hosts
                    """.indent(0))
                .contains("  krb_server_keyfile: \"/etc/pgdoorman/keytab-7\"")
                .doesNotContain("s3cret");
        assertThat(rendered.secrets())
                .containsEntry("radius-secret-7", "radiussecrets=\"s3cret\"")
                .containsEntry("keytab-7", KEYTAB);
    }

    @Test
    void whatIsNoKeytabIsRefused() throws Exception {
        // given
        var spec = spec(Files.readString(Path.of("src/test/resources/manifests/valid-radius-gss.yaml")));
        var values = values(spec);
        values.put(new SecretRef("krb", "krb5.keytab"), new SecretValue("7", "czNjcmV0"));

        // when
        var rendered = Renderer.render(spec, values, POD);

        // then
        assertThat(((Rendered.Invalid) rendered).problems())
                .extracting(Object::toString)
                .containsExactly("kerberos: Secret krb, key krb5.keytab holds no keytab (version 5.2)");
    }

    @Test
    void whoHasNoPasswordComesInByTheTokenOfItsIssuer() throws Exception {
        // given
        var spec = spec(TOKENS);

        // when
        var rendered = valid(Renderer.render(spec, values(spec), POD));

        // then
        assertThat(rendered.text()).contains("""
                content: |
                  hostssl all "api" 0.0.0.0/0 jwt issuer=cluster
                  hostssl all "api" ::/0 jwt issuer=cluster
                  host all all 0.0.0.0/0 scram-sha-256
            """.indent(0));
    }

    @Test
    void anOwnersRulesDoNotLockOutClaims() throws Exception {
        // given
        var spec = spec(TOKENS.strip().indent(0) + "    hba: [host all app 10.0.0.0/8 scram-sha-256]\n");
        var tenant = new Tenant(
                "orders_api", new Tenant.Proof.Password(new SecretValue("1", "made"), null), "shop", "app", 2, null);

        // when
        var rendered = valid(Renderer.render(spec, values(spec), POD, new Fleet(List.of(tenant), null)));

        // then
        assertThat(rendered.text()).contains("""
                content: |
                  host "shop" "orders_api" 0.0.0.0/0 scram-sha-256
                  host "shop" "orders_api" ::/0 scram-sha-256
                  host all app 10.0.0.0/8 scram-sha-256
            """.indent(0));
    }

    @Test
    void rulesOfAConfigMapAreWrittenAsIfTheyStoodInTheSpec() throws Exception {
        // given
        var inSpec = spec(TOKENS.strip().indent(0) + "    hba: [host all app 10.0.0.0/8 scram-sha-256]\n");
        var inMap = spec(TOKENS.strip().indent(0) + "    hbaConfigMapRef: {name: rules}\n");

        // when
        var rendered = valid(Renderer.render(inMap, values(inMap), POD));

        // then
        assertThat(rendered.text())
                .isEqualTo(valid(Renderer.render(inSpec, values(inSpec), POD)).text());
    }

    @Test
    void rulesOfAConfigMapThatAreNotFitAreRefusedWithItsName() throws Exception {
        // given
        var spec = spec(TOKENS.strip().indent(0) + "    hbaConfigMapRef: {name: rules, key: hba}\n");
        var values = new HashMap<>(values(spec));
        var refusals = new ArrayList<String>();

        // when
        for (var rules : List.of(
                "host all all all ldap ldapserver=l ldapbindpasswd=x",
                "host all all all ldap ldapserver=l @ldap-bind",
                "host all all all radius radiusservers=r radiussecrets=x",
                "host all all all radius radiusservers=r @radius-secret",
                "#".repeat(200_000))) {
            values.put(SecretRef.ofConfigMap("rules", "hba"), new SecretValue("1", rules));
            refusals.add(((Rendered.Invalid) Renderer.render(spec, values, POD))
                    .problems()
                    .toString());
        }

        // then
        assertThat(refusals.get(0)).contains("hba: ConfigMap rules, key hba: ldapbindpasswd must not stand in rules");
        assertThat(refusals.get(1)).contains("hba: ConfigMap rules, key hba: @ldap-bind needs an ldap.bindSecretRef");
        assertThat(refusals.get(2)).contains("radiussecrets must not stand in rules: use radius.secretRef");
        assertThat(refusals.get(3)).contains("@radius-secret needs a radius.secretRef");
        assertThat(refusals.get(4)).contains("ConfigMap rules, key hba has 200000 characters, expected at most 131072");
    }

    @Test
    void aClaimWithAServiceAccountHasNoPassword() throws Exception {
        // given
        var spec = spec(TOKENS);
        var tenant = new Tenant(
                "orders.db-1", new Tenant.Proof.Token("cluster", "orders", "worker"), "shop", "app", 2, null);

        // when
        var rendered = valid(Renderer.render(spec, values(spec), POD, new Fleet(List.of(tenant), null)));

        // then
        assertThat(rendered.text()).contains("""
                content: |
                  hostssl "shop" "orders.db-1" 0.0.0.0/0 jwt issuer=cluster
                  hostssl "shop" "orders.db-1" ::/0 jwt issuer=cluster
                  hostssl all "api" 0.0.0.0/0 jwt issuer=cluster
            """.indent(0)).contains("""
                    - namespace: "orders"
                      name: "worker"
                      user: "orders.db-1"
                      database: "shop"
                """).contains("""
                        - username: "orders.db-1"
                          password: ""
                          pool_size: 2
                          server_username: "app"
                    """);
    }

    @Test
    void newKeysOfTheClusterAreANewHashOnly() throws Exception {
        // given
        var spec = spec(TOKENS);
        var newer = values(spec);
        newer.put(SecretUse.CLUSTER_KEYS, new SecretValue("8", KEYS));

        // when
        var before = valid(Renderer.render(spec, values(spec), POD));
        var after = valid(Renderer.render(spec, newer, POD));

        // then
        assertThat(after.hash()).isNotEqualTo(before.hash());
        assertThat(after.bootHash()).isEqualTo(before.bootHash());
    }

    @Test
    void whatNeedsThePasswordItselfRefusesAHash() throws Exception {
        // given
        var spec = spec(TOKENS);
        var values = values(spec);
        values.put(new SecretRef("api-db", "password"), new SecretValue("1", "md5" + "0".repeat(32)));
        values.put(SecretUse.CLUSTER_KEYS, new SecretValue("1", "none"));

        // when
        var rendered = Renderer.render(spec, values, POD);

        // then
        assertThat(rendered)
                .isInstanceOfSatisfying(
                        Rendered.Invalid.class,
                        invalid -> assertThat(invalid.problems())
                                .extracting(Object::toString)
                                .containsExactly(
                                        "user api: Secret api-db, key password holds a hash, expected the password"
                                                + " itself",
                                        "token issuer cluster: the keys of this cluster are no JSON Web Key Set"));
    }

    @Test
    void twoWaysInNeedARuleOfTheOwner() {
        // given
        var both =
                TOKENS.replace("{name: api, serverSecretRef", "{name: api, secretRef: {name: api-db}, serverSecretRef");
        var nobody = TOKENS.replace("user: api}", "user: app}");

        // when
        var problems = List.of(
                Manifest.readAll(both).getFirst().toString(),
                Manifest.readAll(nobody).getFirst().toString());

        // then
        assertThat(problems.get(0)).contains("has a secretRef and serviceAccounts: auth.hba has to say which of them");
        assertThat(problems.get(1)).contains("0 token issuers could vouch for it: auth.hba has to say how it comes in");
    }
}
