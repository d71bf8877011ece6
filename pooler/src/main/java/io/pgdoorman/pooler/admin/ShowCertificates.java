package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.stats.Snapshots;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// SHOW CERTIFICATES: what TLS uses, until when, and why newer files are not in use.
final class ShowCertificates extends ShowCommand {

    private final Snapshots snapshots;

    ShowCertificates(Snapshots snapshots) {
        super(
                "certificates",
                text("role", "file", "subject", "issuer", "serial", "valid_from", "valid_until", "fault"));
        this.snapshots = snapshots;
    }

    @Override
    List<List<@Nullable String>> rows() {
        return snapshots.certificates().stream()
                .map(one -> row(
                        one.role(),
                        one.file(),
                        one.subject(),
                        one.issuer(),
                        one.serial(),
                        one.validFrom(),
                        one.validUntil(),
                        one.fault()))
                .toList();
    }
}
