package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.stats.StatementSnapshot;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// A process of which a test knows everything.
final class FakeInspection implements Inspection {

    @Override
    public int clientsAtTheDoor() {
        return 2;
    }

    @Override
    public CompletionStage<List<HostName>> hostNames() {
        return CompletableFuture.completedFuture(
                List.of(new HostName("pg.example", 9, List.of("192.0.2.1", "192.0.2.2"))));
    }

    @Override
    public CompletionStage<List<Peer>> peers() {
        return CompletableFuture.completedFuture(List.of(new Peer(2, "127.0.0.2", 6432, 64)));
    }

    @Override
    public List<Memory> memory() {
        return List.of(new Memory("heap", 100, 250));
    }

    @Override
    public CompletionStage<List<OpenFile>> openFiles() {
        return CompletableFuture.completedFuture(List.of(
                new OpenFile(5, "client", "alice", "db", "192.0.2.9", 4711, "tcp_established"),
                new OpenFile(6, "pooler", null, null, null, null, "tcp6_listen"),
                new OpenFile(7, "pooler", null, null, null, null, "vsock_bound"),
                new OpenFile(8, "anon_inode:[eventpoll]", null, null, null, null, null)));
    }

    @Override
    public List<StartupParameter> startupParameters() {
        return List.of(new StartupParameter("alice", "db", "work_mem", "64MB", "pool"));
    }

    @Override
    public CompletionStage<List<StatementSnapshot>> statements() {
        return CompletableFuture.completedFuture(List.of(
                new StatementSnapshot("db", "alice", "DOORMAN_0_1", "abcd", "select 1", 11, 7, 3000, false),
                new StatementSnapshot("db", "alice", "DOORMAN_1_1", "ef01", "select 22", 12, 8, 4000, true)));
    }
}
