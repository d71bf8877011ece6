package io.pgdoorman.config.read;

import io.pgdoorman.config.tree.Problems;

/// What must hold between values.
final class Rules {

    private Rules() {}

    static void check(Draft draft, Problems problems) {}
}
