package io.pgdoorman.config;

import java.time.Duration;

/// Times of one server connection; zero switches idle, lifetime or idle check off.
public record ServerTimeouts(Duration connect, Duration idle, Duration lifetime, Duration idleCheck) {}
