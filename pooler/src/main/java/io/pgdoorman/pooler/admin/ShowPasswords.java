package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.stats.Snapshots;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// SHOW PASSWORDS: users whose previous password counts still, and who has come in by it: when the number stands still,
/// the configuration can lose it.
final class ShowPasswords extends ShowCommand {

    private final Snapshots snapshots;

    ShowPasswords(Snapshots snapshots) {
        super(
                "passwords",
                text("database", "user", "previous_until"),
                number("previous_logins"),
                text("previous_last_login"));
        this.snapshots = snapshots;
    }

    @Override
    List<List<@Nullable String>> rows() {
        return snapshots.previousPasswords().stream()
                .map(one -> row(
                        one.database(),
                        one.user(),
                        one.until(),
                        one.logins().count(),
                        one.logins().last()))
                .toList();
    }
}
