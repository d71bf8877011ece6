package io.pgdoorman.operator.status;

/// Something worth an Event: it is told once, when it begins.
public record Happening(boolean isWarning, String reason, String action, String note) {}
