package io.pgdoorman.operator.api.v1alpha1;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;
import org.jspecify.annotations.Nullable;

/// A fleet of poolers: the servers behind it, the databases it offers and who may log in.
@Group(DoormanPool.GROUP)
@Version(DoormanPool.VERSION)
@ShortNames("dpool")
@ValidationRule(
        value = "self.metadata.name.matches('^[a-z]([-a-z0-9]{0,50}[a-z0-9])?$')",
        message = "metadata.name must be a DNS label of at most 52 characters that begins with a letter")
@AdditionalPrinterColumn(name = "Ready", jsonPath = ".status.conditions[?(@.type==\"Ready\")].status")
@AdditionalPrinterColumn(name = "Replicas", jsonPath = ".status.readiness")
@AdditionalPrinterColumn(name = "Config", jsonPath = ".status.config.acked")
@AdditionalPrinterColumn(name = "Mode", jsonPath = ".spec.poolMode")
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
@AdditionalPrinterColumn(name = "Image", jsonPath = ".status.image", priority = 1)
@AdditionalPrinterColumn(
        name = "Draining",
        jsonPath = ".status.drainingReplicas",
        type = AdditionalPrinterColumn.Type.INTEGER,
        priority = 1)
@AdditionalPrinterColumn(
        name = "Budget",
        jsonPath = ".status.budget.max",
        type = AdditionalPrinterColumn.Type.INTEGER,
        priority = 1)
@AdditionalPrinterColumn(name = "Reason", jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason", priority = 1)
public final class DoormanPool extends CustomResource<DoormanPoolSpec, DoormanPoolStatus> implements Namespaced {

    public static final String GROUP = "pgdoorman.io";
    public static final String VERSION = "v1alpha1";

    /// Annotation: the change with this hash (status.pending.hash) may go to the pods.
    public static final String APPROVE_HASH = "pgdoorman.io/approve-hash";

    /// Annotation: the template with this hash (status.upgrade.hash) may replace pods.
    public static final String ACCEPT_UPGRADE = "pgdoorman.io/accept-upgrade";

    /// Annotation: while it is `true` the operator looks and tells but changes nothing.
    public static final String PAUSED = "pgdoorman.io/paused";

    private static final long serialVersionUID = 1L;

    /// The status; the schema's default, which speaks of no generation, is none.
    @Override
    public void setStatus(@Nullable DoormanPoolStatus status) {
        super.setStatus(status == null || status.observedGeneration() < 0 ? null : status);
    }

    /// Namespace and name, as logs and messages write them.
    public String key() {
        return getMetadata().getNamespace() + "/" + getMetadata().getName();
    }

    /// Whether its owner wants that nothing is changed.
    public boolean isPaused() {
        return "true".equals(annotation(PAUSED));
    }

    /// The value of an annotation, empty if it is absent.
    public String annotation(String key) {
        var annotations = getMetadata().getAnnotations();
        return annotations == null ? "" : annotations.getOrDefault(key, "");
    }
}
