package io.pgdoorman.pooler.app;

import io.netty.buffer.PooledByteBufAllocator;
import io.pgdoorman.config.GeneralConfig;
import io.pgdoorman.config.PoolConfig;
import io.pgdoorman.config.UserConfig;
import io.pgdoorman.pooler.admin.Inspection;
import io.pgdoorman.pooler.cancel.Peers;
import io.pgdoorman.pooler.client.Census;
import io.pgdoorman.pooler.net.Names;
import io.pgdoorman.pooler.stats.ClientSnapshot;
import io.pgdoorman.pooler.stats.StatementSnapshot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// What the console looks at, read from the process.
final class Inspector implements Inspection {
    private final Pooler pooler;
    private final Names names;

    Inspector(Pooler pooler, Names names) {
        this.pooler = pooler;
        this.names = names;
    }

    @Override
    public int clientsAtTheDoor() {
        return pooler.clients().atTheDoorCount();
    }

    @Override
    public CompletionStage<List<HostName>> hostNames() {
        return names.known()
                .thenApply(known -> known.stream()
                        .map(name -> new HostName(
                                name.host(),
                                name.ttl().toSeconds(),
                                name.addresses().stream()
                                        .map(InetAddress::getHostAddress)
                                        .toList()))
                        .toList());
    }

    @Override
    public CompletionStage<List<Peer>> peers() {
        return pooler.peers()
                .all()
                .thenApply(all -> all.stream()
                        .map(peer -> new Peer(peer.id(), peer.address().getHostAddress(), peer.port(), Peers.MOST))
                        .toList());
    }

    @Override
    public List<Memory> memory() {
        var jvm = ManagementFactory.getMemoryMXBean();
        var all = new ArrayList<Memory>();
        all.add(memory("heap", jvm.getHeapMemoryUsage()));
        all.add(memory("non_heap", jvm.getNonHeapMemoryUsage()));
        var buffers = PooledByteBufAllocator.DEFAULT;
        all.add(new Memory(
                "netty_direct", buffers.pinnedDirectMemory(), buffers.metric().usedDirectMemory()));
        for (var pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
            all.add(new Memory("nio_" + pool.getName(), pool.getMemoryUsed(), pool.getTotalCapacity()));
        }
        long held = pooler.clients().memory().held();
        all.add(new Memory("held_client_messages", held, held));
        long prepared = pooler.clients().statementMemory().held();
        all.add(new Memory("prepared_statements", prepared, prepared));
        return all;
    }

    private static Memory memory(String name, MemoryUsage usage) {
        return new Memory(name, usage.getUsed(), usage.getCommitted());
    }

    @Override
    public CompletionStage<List<OpenFile>> openFiles() {
        return CompletableFuture.supplyAsync(this::readOpenFiles, pooler.errands());
    }

    private List<OpenFile> readOpenFiles() {
        Map<String, ClientSnapshot> clients = new HashMap<>();
        pooler.clients().snapshots().forEach(client -> clients.put(client.address(), client));
        var servers = new HashSet<String>();
        for (var view : pooler.reloader().views()) {
            for (var server : view.clients().pool().servers()) {
                if (server.endpoint().socket() instanceof InetSocketAddress at) {
                    servers.add(at.getAddress().getHostAddress() + ":" + at.getPort());
                }
            }
        }
        try {
            return OpenFiles.read().stream()
                    .map(file -> open(file, clients, servers))
                    .toList();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private OpenFile open(OpenFiles.OpenFile file, Map<String, ClientSnapshot> clients, Set<String> servers) {
        var socket = file.socket();
        if (socket == null) {
            return new OpenFile(file.descriptor(), file.target(), null, null, null, null, null);
        }
        var address = socket.address();
        var peer = address == null ? "" : address + ":" + socket.port();
        var client = clients.get(peer);
        var task = client != null || (address != null && socket.localPort() == pooler.port())
                ? "client"
                : servers.contains(peer) ? "server" : address == null ? "pooler" : "other";
        return new OpenFile(
                file.descriptor(),
                task,
                client == null ? null : client.user(),
                client == null ? null : client.database(),
                address,
                address == null ? null : socket.port(),
                socket.state());
    }

    private CompletionStage<List<Census>> census() {
        return Census.take(pooler.loops(), pooler.clients(), pooler.clientPools());
    }

    @Override
    public CompletionStage<List<StatementSnapshot>> statements() {
        return census().thenApply(loops ->
                loops.stream().flatMap(loop -> loop.statements().stream()).toList());
    }

    @Override
    public List<StartupParameter> startupParameters() {
        var config = pooler.reloader().live().config();
        var all = new ArrayList<StartupParameter>();
        for (var pool : config.pools().values()) {
            for (var user : pool.users()) {
                add(all, config.general(), pool, user);
            }
        }
        return all;
    }

    private static void add(List<StartupParameter> all, GeneralConfig general, PoolConfig pool, UserConfig user) {
        pool.session().startupParameters().forEach((name, value) -> {
            boolean isGeneral =
                    value.equals(general.servers().startupParameters().get(name));
            all.add(new StartupParameter(user.username(), pool.name(), name, value, isGeneral ? "general" : "pool"));
        });
    }
}
