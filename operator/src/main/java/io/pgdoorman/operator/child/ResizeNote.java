package io.pgdoorman.operator.child;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.pgdoorman.operator.api.v1alpha1.ContainerSize;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;

/// On the Deployment while pods are resized in place: how far that is, so that whoever looks next goes on from there.
///
/// @param hash of the template that is asked for
/// @param from what pods had
/// @param to what they get
/// @param since when it began (RFC 3339), null until a plan says it
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ResizeNote(
        String hash,
        Stage stage,
        ContainerSize from,
        ContainerSize to,
        @Nullable String since) {

    static final String KEY = "pgdoorman.io/resize";
    private static final ObjectMapper JSON = JsonMapper.builder().build();

    /// What is being changed.
    public enum Stage {
        /// Pods that run; the template is as before.
        PODS,
        /// The template, of the Deployment and of the ReplicaSet whose pods have it already.
        TEMPLATE
    }

    /// The note, null if there is none, or none that can be read: somebody edited it.
    public static @Nullable ResizeNote on(@Nullable Deployment deployment) {
        var text = deployment == null ? null : Names.annotation(deployment, KEY);
        try {
            return text == null ? null : JSON.readValue(text, ResizeNote.class);
        } catch (JsonProcessingException _) {
            return null;
        }
    }

    Deployment put(Deployment deployment) {
        try {
            Rollback.annotate(deployment, KEY, JSON.writeValueAsString(this));
            return deployment;
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a record can be written", e);
        }
    }

    ResizeNote at(Stage next) {
        return new ResizeNote(hash, next, from, to, since);
    }

    /// The same, begun then if not before.
    ResizeNote begun(Instant now) {
        return since == null ? new ResizeNote(hash, stage, from, to, now.toString()) : this;
    }

    /// Whether it began before; what nobody can read began long ago.
    public boolean isBegunBefore(Instant moment) {
        try {
            return since != null && Instant.parse(since).isBefore(moment);
        } catch (DateTimeParseException _) {
            return true;
        }
    }

    /// What becomes what, for people.
    public String text() {
        return from.changesTo(to);
    }
}
