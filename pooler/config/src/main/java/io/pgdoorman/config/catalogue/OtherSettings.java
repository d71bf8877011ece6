package io.pgdoorman.config.catalogue;

import static io.pgdoorman.config.catalogue.Types.text;

import java.util.List;

/// The root of the file, and what it includes.
public final class OtherSettings {

    /// Sections of the file itself.
    public static final Section<Void> ROOT = new Section<>(
            "", "The sections of the file.", "general", "web", "talos", "token_issuers", "pools", "include");

    /// `include`.
    public static final Section<Void> INCLUDE =
            new Section<>("include", "Further files laid over this one in order; they are not searched for includes.");

    public static final Setting<Void, List<String>> FILES = INCLUDE.hot("files", new ListType<>(text()))
            .orElse(List.of())
            .acts(_ -> null, "Files merged over this one, YAML or TOML; a relative path starts at this file's folder.");

    private OtherSettings() {}
}
