package io.pgdoorman.operator.observe;

import io.pgdoorman.operator.podlink.PodLink.StateAnswer;
import org.jspecify.annotations.Nullable;

/// A pod as Kubernetes and it itself describe it.
///
/// @param ip null while it has none
/// @param bootHash of the template it was made from
/// @param toldHash the configuration it was last told to load
/// @param trouble why its container does not start, if so
/// @param answer what it says, null if it cannot be asked yet
public record PodView(
        String name,
        @Nullable String ip,
        boolean isReady,
        boolean isTerminating,
        @Nullable String bootHash,
        @Nullable String toldHash,
        @Nullable String trouble,
        @Nullable StateAnswer answer) {}
