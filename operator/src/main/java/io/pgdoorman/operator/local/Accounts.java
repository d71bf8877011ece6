package io.pgdoorman.operator.local;

import java.util.List;
import java.util.Map;

/// What a pool expects of its servers: these databases, these users with these passwords.
///
/// @param users name to the Secret's value: a password, or a hash of one
public record Accounts(String pool, List<String> databases, Map<String, String> users) {
    public Accounts {
        databases = List.copyOf(databases);
        users = Map.copyOf(users);
    }

    @Override
    public String toString() {
        return "Accounts[pool=" + pool + ", databases=" + databases + ", users=" + users.keySet() + "]";
    }
}
