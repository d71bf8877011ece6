package io.pgdoorman.pooler.session;

/// The dirt of one server's session, with what a rollback takes back kept apart. Belongs to the server's event loop.
///
/// It follows the answers: what a transaction leaves is *pending*; a COMMIT makes it last; a ROLLBACK or an error dooms
/// it, and ReadyForQuery decides, since ROLLBACK TO SAVEPOINT has the same tag and an error may leave a transaction
/// open (PostgreSQL manual, "Multiple Statements in a Simple Query").
public final class SessionDirt {
    private int lasting;
    private int pending;
    private int doomed;

    /// All that may be there.
    public int bits() {
        return lasting | pending | doomed;
    }

    public boolean isClean() {
        return bits() == Dirt.NONE;
    }

    /// A statement left this behind.
    public void add(int dirt) {
        pending |= dirt & Dirt.TRANSACTIONAL;
        lasting |= dirt & ~Dirt.TRANSACTIONAL;
    }

    /// As [#add], and no rollback takes it back.
    public void addLasting(int dirt) {
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
    }

    /// It was taken away, whatever happens to the transaction.
    public void remove(int dirt) {
        lasting &= ~dirt;
        pending &= ~dirt;
        doomed &= ~dirt;
    }
}
