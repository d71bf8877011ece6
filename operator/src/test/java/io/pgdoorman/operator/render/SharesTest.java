package io.pgdoorman.operator.render;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.operator.api.v1alpha1.Manifest;
import io.pgdoorman.operator.api.v1alpha1.SecretRef;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// A share is for all connections to servers, be they in a pool or not.
class SharesTest {

    private static final String POOL = """
        apiVersion: pgdoorman.io/v1alpha1
        kind: DoormanPool
        metadata: {name: shop}
        spec:
          servers: [{name: main, host: db.example}]
          databases: [{name: shop, serverRefs: [main]}, {name: crm, serverRefs: [main]}]
          budget: {maxServerConnections: 60}
          auth:
            users: [{name: app, secretRef: {name: app-db}}]
            authQuery: {query: select * from doorman_user($1), user: doorman, secretRef: {name: app-db}}
        """;

    private static Rendered render(int share) {
        var read = Manifest.readAll(POOL).getFirst();
        if (!(read instanceof Manifest.Read.Valid(var pool))) {
            throw new AssertionError(read.toString());
        }
        var secrets = Map.of(new SecretRef("app-db", "password"), new SecretValue("7", "s3cret"));
        return Renderer.render(pool.getSpec(), secrets, Place.pod("prod", "shop"), new Fleet(List.of(), share));
    }

    @Test
    void thoseThatLookUsersUpAreInIt() {
        // when
        var rendered = (Rendered.Valid) render(20);

        // then
        assertThat(Shares.forClients(rendered.text())).isEqualTo(16);
        assertThat(Shares.most(rendered.text())).isEqualTo(20);
    }

    @Test
    void oneThatIsForThoseOnlyIsTooSmall() {
        // when
        var rendered = (Rendered.Invalid) render(5);

        // then
        assertThat(rendered.problems())
                .allMatch(Shares::isTooSmall)
                .extracting(Object::toString)
                .containsExactly("spec.budget.maxServerConnections: 60 leaves 5 connections to each pod, expected one"
                        + " for each of 2 databases, and 4 to look users up");
    }
}
