package io.pgdoorman.pooler.session;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The dirt of one server's session, with what a rollback takes back kept apart. Belongs to the server's event loop.
///
/// It follows the answers: what a transaction leaves is *pending*; a COMMIT makes it last; a ROLLBACK or an error dooms
/// it, and ReadyForQuery decides, since ROLLBACK TO SAVEPOINT has the same tag and an error may leave a transaction
/// open (PostgreSQL manual, "Multiple Statements in a Simple Query").
public final class SessionDirt {
    /// Who sets more has everything reset.
    private static final int MOST_SETTINGS = 8;

    private int lasting;
    private int pending;
    private int doomed;

    /// Which parameters were set, beside those of which it is not known.
    private Set<String> settings = Set.of();

    private boolean isMoreSet;

    /// All that may be there.
    public int bits() {
        return lasting | pending | doomed;
    }

    public boolean isClean() {
        return bits() == Dirt.NONE;
    }

    /// A statement left this behind.
    public void add(int dirt) {
        isMoreSet |= (dirt & Dirt.SETTINGS) != 0;
        pending |= dirt & Dirt.TRANSACTIONAL;
        lasting |= dirt & ~Dirt.TRANSACTIONAL;
    }

    /// A statement set these parameters.
    public void addSettings(Set<String> names) {
        pending |= Dirt.SETTINGS;
        if (!isMoreSet && !settings.containsAll(names)) {
            var all = new HashSet<>(settings);
            all.addAll(names);
            isMoreSet = all.size() > MOST_SETTINGS;
            settings = isMoreSet ? Set.of() : all;
        }
    }

    /// The parameters that were set, if they are all that is left; null when more is left, or may be.
    public @Nullable Set<String> onlySettings() {
        return bits() == Dirt.SETTINGS && !isMoreSet ? settings : null;
    }

    /// As [#add], and no rollback takes it back.
    public void addLasting(int dirt) {
        isMoreSet |= (dirt & Dirt.SETTINGS) != 0;
        lasting |= dirt;
    }

    /// CommandComplete COMMIT.
    public void committed() {
        lasting |= bits();
        pending = Dirt.NONE;
        doomed = Dirt.NONE;
    }

    /// CommandComplete ROLLBACK, or an error.
    public void rolledBack() {
        isMoreSet |= !settings.isEmpty(); // which of them are still set is not known any more
        doomed |= pending;
        pending = Dirt.NONE;
    }

    /// ReadyForQuery.
    ///
    /// @param idle whether no transaction is open
    public void ready(boolean idle) {
        if (idle) {
            lasting |= pending;
            pending = Dirt.NONE;
        } else {
            pending |= doomed;
        }
        doomed = Dirt.NONE;
        forgetSettings();
    }

    private void forgetSettings() {
        if ((bits() & Dirt.SETTINGS) == 0) {
            settings = Set.of();
            isMoreSet = false;
        }
    }

    /// It was taken away, whatever happens to the transaction.
    public void remove(int dirt) {
        lasting &= ~dirt;
        pending &= ~dirt;
        doomed &= ~dirt;
        forgetSettings();
    }
}
