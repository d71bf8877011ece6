package io.pgdoorman.operator.render;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.operator.api.v1alpha1.DoormanPoolSpec;
import io.pgdoorman.operator.api.v1alpha1.Manifest;
import io.pgdoorman.operator.api.v1alpha1.SecretRef;
import java.util.Map;

/// A manifest and its Secrets, to be rendered.
final class RenderStage {
    static final String MANIFEST = """
        apiVersion: pgdoorman.io/v1alpha1
        kind: DoormanPool
        metadata: {name: shop}
        spec:
          servers:
          - {name: main, host: db.example, port: 5433}
          - {name: reports, serviceRef: {name: postgres-ro}}
          databases:
          - {name: shop, serverRefs: [main], poolSize: 40, minPoolSize: 2}
          - {name: reports, serverRefs: [reports], poolMode: Session, remoteName: r2}
          auth:
            users:
            - {name: app, secretRef: {name: app-db}}
            - {name: old, secretRef: {name: old-db, key: hash}, poolSize: 7}
        """;
    static final String MD5 = "md50123456789abcdef0123456789abcdef";
    static final SecretRef APP = new SecretRef("app-db", "password");
    static final SecretRef OLD = new SecretRef("old-db", "hash");
    static final Map<SecretRef, SecretValue> SECRETS =
            Map.of(APP, new SecretValue("12345", "s3cret\n"), OLD, new SecretValue("77", MD5));
    static final Place POD = Place.pod("prod", "shop");

    private RenderStage() {}

    static DoormanPoolSpec spec(String manifest) {
        var read = Manifest.readAll(manifest).getFirst();
        assertThat(read).isInstanceOf(Manifest.Read.Valid.class);
        return ((Manifest.Read.Valid) read).pool().getSpec();
    }

    static Rendered.Valid render(String manifest) {
        var rendered = Renderer.render(spec(manifest), SECRETS, POD);
        assertThat(rendered).isInstanceOf(Rendered.Valid.class);
        return (Rendered.Valid) rendered;
    }
}
