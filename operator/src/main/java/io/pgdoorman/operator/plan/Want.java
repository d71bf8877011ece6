package io.pgdoorman.operator.plan;

import io.pgdoorman.operator.api.v1alpha1.Problem;
import io.pgdoorman.operator.observe.Observation.Missing;
import io.pgdoorman.operator.render.Rendered;
import java.util.List;

/// What the spec asks for, as far as it can be told.
public sealed interface Want {

    /// A configuration that every pod should run.
    record Config(Rendered.Valid rendered) implements Want {}

    /// Secrets are missing: pods keep what they run.
    record Unresolved(List<Missing> missing) implements Want {}

    /// The spec is wrong in a way the API server cannot see: the last good one goes on.
    record Wrong(List<Problem> problems) implements Want {}
}
