package io.pgdoorman.config;

/// How a changed value reaches a running pooler.
public enum ChangeClass {
    /// A reload applies it.
    HOT,
    /// Only a new process applies it; a reload that carries such a change is refused.
    BOOT
}
