package io.pgdoorman.pooler.http;

/// The questions that a kubelet, or a load balancer, asks.
public enum Probe {
    /// Must the process be restarted?
    ALIVE,
    /// Should new clients come here?
    READY,
    /// Has it begun to serve since the process started?
    STARTED
}
