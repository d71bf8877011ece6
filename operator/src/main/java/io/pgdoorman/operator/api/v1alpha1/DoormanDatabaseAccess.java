package io.pgdoorman.operator.api.v1alpha1;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;
import org.jspecify.annotations.Nullable;

/// A claim in an application's namespace: it wants to use a database of a pool, which may live in another one.
@Group(DoormanPool.GROUP)
@Version(DoormanPool.VERSION)
@Plural("doormandatabaseaccesses")
@ShortNames("daccess")
@AdditionalPrinterColumn(name = "Ready", jsonPath = ".status.conditions[?(@.type==\"Ready\")].status")
@AdditionalPrinterColumn(name = "Pool", jsonPath = ".spec.poolRef.name")
@AdditionalPrinterColumn(name = "Database", jsonPath = ".spec.database")
@AdditionalPrinterColumn(name = "Role", jsonPath = ".spec.role")
@AdditionalPrinterColumn(name = "Secret", jsonPath = ".status.secretName")
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
@AdditionalPrinterColumn(name = "Reason", jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason", priority = 1)
public final class DoormanDatabaseAccess extends CustomResource<DoormanDatabaseAccessSpec, DoormanDatabaseAccessStatus>
        implements Namespaced {

    private static final long serialVersionUID = 1L;

    /// The status; the schema's default, which speaks of no generation, is none.
    @Override
    public void setStatus(@Nullable DoormanDatabaseAccessStatus status) {
        super.setStatus(status == null || status.observedGeneration() < 0 ? null : status);
    }

    /// Namespace and name, as logs and messages write them.
    public String key() {
        return getMetadata().getNamespace() + "/" + getMetadata().getName();
    }

    /// Name of the Secret that is made for it.
    public String secretName() {
        var wished = getSpec().secretName();
        return wished == null ? getMetadata().getName() : wished;
    }
}
