package io.pgdoorman.operator.observe;

import io.pgdoorman.operator.podlink.PodLink.StateAnswer;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A pod as Kubernetes and it itself describe it.
///
/// @param ip null while it has none
/// @param bootHash of the template it was made from
/// @param toldHash the configuration it was last told to load
/// @param trouble why its container does not start, if so
/// @param template names what it was made from as its Deployment's controller does, null where there is none
/// @param readySince null while it is not ready
/// @param answer what it says, null if it cannot be asked yet
/// @param clientsLeft of one that leaves, if it says so
/// @param allowed connections to servers that it was allowed by order, as noted; null if it was not
/// @param size of its pooler, null if it has none
public record PodView(
        String name,
        @Nullable String ip,
        boolean isReady,
        boolean isTerminating,
        @Nullable String bootHash,
        @Nullable String toldHash,
        @Nullable String trouble,
        @Nullable String template,
        @Nullable Instant readySince,
        @Nullable StateAnswer answer,
        @Nullable Integer clientsLeft,
        @Nullable Integer allowed,
        @Nullable PodSize size) {

    /// A pod whose size nobody knows.
    public PodView(
            String name,
            @Nullable String ip,
            boolean isReady,
            boolean isTerminating,
            @Nullable String bootHash,
            @Nullable String toldHash,
            @Nullable String trouble,
            @Nullable String template,
            @Nullable Instant readySince,
            @Nullable StateAnswer answer,
            @Nullable Integer clientsLeft,
            @Nullable Integer allowed) {
        this(
                name,
                ip,
                isReady,
                isTerminating,
                bootHash,
                toldHash,
                trouble,
                template,
                readySince,
                answer,
                clientsLeft,
                allowed,
                null);
    }

    /// A pod of nobody's template.
    public PodView(
            String name,
            @Nullable String ip,
            boolean isReady,
            boolean isTerminating,
            @Nullable String bootHash,
            @Nullable String toldHash,
            @Nullable String trouble,
            @Nullable StateAnswer answer) {
        this(name, ip, isReady, isTerminating, bootHash, toldHash, trouble, null, null, answer, null, null, null);
    }
}
