package io.pgdoorman.pooler.admin;

import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// SHOW DNS_HOSTS: host names of servers, how many seconds their addresses are still good, and these.
final class ShowDnsHosts extends ShowTable {

    private final Inspection inspection;

    ShowDnsHosts(Inspection inspection) {
        super("dns_hosts", text("hostname"), number("ttl"), text("addrs"));
        this.inspection = inspection;
    }

    @Override
    CompletionStage<List<List<@Nullable String>>> table() {
        return inspection.hostNames().thenApply(ShowDnsHosts::rows);
    }

    private static List<List<@Nullable String>> rows(List<Inspection.HostName> names) {
        return names.stream()
                .map(name -> row(name.name(), name.ttlSeconds(), String.join(",", name.addresses())))
                .toList();
    }
}
