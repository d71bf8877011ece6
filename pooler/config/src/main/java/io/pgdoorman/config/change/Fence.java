package io.pgdoorman.config.change;

import org.jspecify.annotations.Nullable;

/// Which orders of operators a pooler refuses as too old: of a leader that another one has followed, and of a
/// generation that a newer one has replaced. Who does not say how new an order is (a person) is always heard.
///
/// @param epoch of the newest leader that was heard of; null before the first
public record Fence(@Nullable Long epoch) {

    /// Before anybody was heard.
    public static final Fence OPEN = new Fence(null);

    /// The epoch of a leader that follows this one and was heard, so that its orders do not count; else null.
    public @Nullable Long newerThan(@Nullable Long leader) {
        return isOlder(leader, epoch) ? epoch : null;
    }

    /// After this leader was heard.
    public Fence heard(@Nullable Long leader) {
        return leader == null || (epoch != null && leader <= epoch) ? this : new Fence(leader);
    }

    /// Whether an order for `asked` comes too late where `live` is there.
    public static boolean isOlder(@Nullable Long asked, @Nullable Long live) {
        return asked != null && live != null && asked < live;
    }
}
