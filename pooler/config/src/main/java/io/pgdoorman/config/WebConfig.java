package io.pgdoorman.config;

import java.util.Optional;

/// The section `web`: the HTTP listener of metrics, probes and control; port 0 lets the system choose.
///
/// @param metricsToken what a scraper has to show; absent lets everybody read
public record WebConfig(boolean isEnabled, String host, int port, ClientTls tls, Optional<Secret> metricsToken) {}
