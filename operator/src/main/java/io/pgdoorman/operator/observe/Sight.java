package io.pgdoorman.operator.observe;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccess;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.observe.Observation.Children;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Where the objects of a pool are seen: in caches, which cost nothing and may be a moment behind, or at the API
/// server.
public interface Sight {

    /// What bears the name of the pool's ConfigMap.
    @Nullable
    ConfigMap config(DoormanPool pool);

    /// What bears the names of the pool's objects.
    Children children(DoormanPool pool);

    /// What bears the labels of the pool's pods.
    List<Pod> pods(DoormanPool pool);

    /// Secrets that were made for a claim, and whatever bears the name of the one that it wants.
    List<Secret> outputs(DoormanDatabaseAccess claim);
}
