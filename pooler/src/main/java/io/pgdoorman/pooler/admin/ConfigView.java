package io.pgdoorman.pooler.admin;

import java.util.List;

/// The live configuration as SHOW CONFIG lists it; filled by `app`.
@FunctionalInterface
public interface ConfigView {

    /// One parameter; secrets are masked.
    ///
    /// @param fallback the value it has when the file is silent
    /// @param isChangeable whether a reload changes it
    /// @param source default, file, or the table it is inherited from
    record Parameter(String key, String value, String fallback, boolean isChangeable, String source, String meaning) {}

    List<Parameter> parameters();
}
