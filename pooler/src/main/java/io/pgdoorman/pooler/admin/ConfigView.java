package io.pgdoorman.pooler.admin;

import java.util.List;

/// The live configuration as SHOW CONFIG lists it; filled by `app`.
@FunctionalInterface
public interface ConfigView {

    /// One parameter; secrets are left out or masked.
    ///
    /// @param fallback the value it has when the file is silent
    /// @param isChangeable whether a reload changes it
    record Parameter(String key, String value, String fallback, boolean isChangeable) {}

    List<Parameter> parameters();
}
