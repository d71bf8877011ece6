package io.pgdoorman.operator.render;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What else than its spec makes a pool's configuration.
///
/// @param tenants users made for claims
/// @param share most connections to servers that one pod may hold, null without a budget
public record Fleet(List<Tenant> tenants, @Nullable Integer share) {

    /// Neither claims nor a budget.
    public static final Fleet PLAIN = new Fleet(List.of(), null);

    public Fleet {
        tenants = List.copyOf(tenants);
    }
}
