package io.pgdoorman.operator.child;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Which template pods get: the one that the spec asks for, or the last good one after pods of that did not become
/// ready within the progress deadline.
///
/// What is needed for it stands in the Deployment's own annotations, so that it changes together with the template. A
/// template that failed is not tried again until the spec asks for another one. Values that only a new process can
/// take (port, event loops) stand in the configuration as well as in the template: such a change stays where it is
/// stuck and is told, as the older template does not go with the newer configuration.
public final class Rollback {

    static final String APPLIED = "pgdoorman.io/template";
    static final String GOOD = "pgdoorman.io/last-good-template";
    private static final String FAILED = "pgdoorman.io/failed-template-hash";
    private static final String REASON = "pgdoorman.io/failed-reason";
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .build();

    private Rollback() {}

    /// The Deployment that should be there.
    ///
    /// @param wanted as the spec asks for it
    /// @param trouble of pods that are not ready, for people
    public static Deployment choose(@Nullable Deployment live, Deployment wanted, String trouble) {
        if (live == null) {
            return noted(wanted, null);
        }
        var asked = hash(wanted);
        var good = Names.annotation(live, GOOD);
        if (asked.equals(Names.annotation(live, FAILED))) {
            var reason = Objects.requireNonNullElse(Names.annotation(live, REASON), "");
            return good == null ? noted(wanted, null) : back(wanted, good, reason);
        }
        if (!asked.equals(Names.annotation(live, Names.TEMPLATE_HASH))) {
            return noted(wanted, isRolledOut(live) ? Names.annotation(live, APPLIED) : good);
        }
        return good != null && isStuck(live) && goesWithConfig(good, wanted)
                ? back(wanted, good, trouble)
                : noted(wanted, good);
    }

    /// Why the template that the spec asks for is not in use, null if it is or may become so.
    public static @Nullable String failure(@Nullable Deployment live) {
        return live == null || Names.annotation(live, FAILED) == null ? null : Names.annotation(live, REASON);
    }

    /// Whether new pods did not become ready in time.
    public static boolean isStuck(@Nullable Deployment live) {
        return live != null
                && live.getStatus() != null
                && Objects.equals(
                        live.getStatus().getObservedGeneration(),
                        live.getMetadata().getGeneration())
                && live.getStatus().getConditions().stream()
                        .anyMatch(condition -> condition.getType().equals("Progressing")
                                && "ProgressDeadlineExceeded".equals(condition.getReason()));
    }

    static boolean isRolledOut(Deployment live) {
        var status = live.getStatus();
        return status != null
                && Objects.equals(
                        status.getObservedGeneration(), live.getMetadata().getGeneration())
                && count(status.getUpdatedReplicas()) == count(live.getSpec().getReplicas())
                && count(status.getReplicas()) == count(live.getSpec().getReplicas())
                && count(status.getUnavailableReplicas()) == 0;
    }

    private static int count(@Nullable Integer number) {
        return number == null ? 0 : number;
    }

    private static boolean goesWithConfig(String good, Deployment wanted) {
        var template = read(good);
        return template != null
                && !Drift.hash((Object) template).equals(hash(wanted))
                && Objects.equals(bootHash(template), bootHash(wanted.getSpec().getTemplate()));
    }

    private static @Nullable String bootHash(PodTemplateSpec template) {
        return template.getMetadata().getAnnotations().get(Names.BOOT_HASH);
    }

    private static String hash(Deployment wanted) {
        return Objects.requireNonNull(Names.annotation(wanted, Names.TEMPLATE_HASH));
    }

    private static Deployment back(Deployment wanted, String good, String reason) {
        var template = read(good);
        if (template == null) {
            return noted(wanted, null);
        }
        var failed = hash(wanted);
        wanted.getSpec().setTemplate(template);
        annotate(wanted, Names.TEMPLATE_HASH, Drift.hash((Object) template));
        annotate(wanted, FAILED, failed);
        annotate(wanted, REASON, reason);
        wanted.getMetadata().getAnnotations().remove(Names.ASKED);
        wanted.getMetadata().getAnnotations().remove(Upgrade.ASKED_BUT_SIZE);
        return noted(wanted, good);
    }

    private static Deployment noted(Deployment wanted, @Nullable String good) {
        annotate(wanted, APPLIED, write(wanted.getSpec().getTemplate()));
        if (good != null) {
            annotate(wanted, GOOD, good);
        }
        return wanted;
    }

    static void annotate(Deployment deployment, String key, String value) {
        var annotations = new TreeMap<>(deployment.getMetadata().getAnnotations());
        annotations.put(key, value);
        deployment.getMetadata().setAnnotations(annotations);
    }

    static String write(PodTemplateSpec template) {
        try {
            return JSON.writeValueAsString(template);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("models of Kubernetes can be written", e);
        }
    }

    /// The template that was applied last, null if somebody edited it or another one.
    static @Nullable PodTemplateSpec applied(Deployment live) {
        var text = Names.annotation(live, APPLIED);
        var template = text == null ? null : read(text);
        return template != null && Drift.hash((Object) template).equals(Names.annotation(live, Names.TEMPLATE_HASH))
                ? template
                : null;
    }

    static @Nullable PodTemplateSpec read(String text) {
        try {
            return JSON.readValue(text, PodTemplateSpec.class);
        } catch (JsonProcessingException _) {
            return null; // Somebody edited it: as good as none.
        }
    }
}
