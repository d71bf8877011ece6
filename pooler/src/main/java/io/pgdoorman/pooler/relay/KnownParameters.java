package io.pgdoorman.pooler.relay;

import io.pgdoorman.pooler.session.ParameterSet;
import java.util.Map;

/// What a client without a server knows of its parameters: enough to go on with it elsewhere.
///
/// @param initial of its startup packet
/// @param greeting what it was told at its login
/// @param wanted now
/// @param toldSince what it was told after the greeting
public record KnownParameters(
        ParameterSet initial, Map<String, String> greeting, ParameterSet wanted, Map<String, String> toldSince) {}
