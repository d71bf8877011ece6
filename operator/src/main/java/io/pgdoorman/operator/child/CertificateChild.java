package io.pgdoorman.operator.child;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.IssuerRef;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// The Certificate, a kind of cert-manager that a cluster may lack: what it asks for lies in a Secret of its name, and
/// is renewed there.
public final class CertificateChild {

    /// Group and version of the kind.
    public static final String API_VERSION = "cert-manager.io/v1";

    /// Where the API server has it.
    public static final ResourceDefinitionContext KIND = new ResourceDefinitionContext.Builder()
            .withGroup("cert-manager.io")
            .withVersion("v1")
            .withKind("Certificate")
            .withPlural("certificates")
            .withNamespaced(true)
            .build();

    private CertificateChild() {}

    /// The Certificate of a pool, for all names by which clients of the cluster find its Services.
    public static GenericKubernetesResource of(DoormanPool pool, IssuerRef issuer) {
        var services = pool.getSpec().readOnlyService().enabled()
                ? Stream.of(Names.main(pool), Names.readOnly(pool))
                : Stream.of(Names.main(pool));
        var certificate = new GenericKubernetesResource();
        certificate.setApiVersion(API_VERSION);
        certificate.setKind(KIND.getKind());
        certificate.setMetadata(Names.meta(pool, Names.issued(pool), Map.of()));
        certificate.setAdditionalProperties(Map.of(
                "spec",
                Map.of(
                        "secretName",
                        Names.issued(pool),
                        "dnsNames",
                        services.flatMap(service -> names(pool, service)).toList(),
                        "issuerRef",
                        Map.of("name", issuer.name(), "kind", issuer.kind(), "group", issuer.group()),
                        "privateKey",
                        Map.of("algorithm", "ECDSA", "size", 256, "encoding", "PKCS8", "rotationPolicy", "Always"),
                        "usages",
                        List.of("digital signature", "server auth"))));
        return certificate;
    }

    private static Stream<String> names(DoormanPool pool, String service) {
        var local = service + "." + pool.getMetadata().getNamespace();
        return Stream.of(service, local, local + ".svc", local + ".svc.cluster.local");
    }
}
