package io.pgdoorman.config;

/// The section `web`: the HTTP listener of metrics, probes and control; port 0 lets the system choose.
public record WebConfig(boolean isEnabled, String host, int port) {}
