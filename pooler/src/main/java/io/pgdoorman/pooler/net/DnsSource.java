package io.pgdoorman.pooler.net;

import io.netty.channel.EventLoop;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.resolver.HostsFileEntriesProvider;
import io.netty.resolver.dns.DnsCache;
import io.netty.resolver.dns.DnsCacheEntry;
import io.netty.resolver.dns.DnsCnameCache;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.SequentialDnsServerAddressStreamProvider;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The hosts file first, then name servers with the search domains of resolv.conf, as the C library does it. Where no
/// name server is known, the JDK's way is taken, which tells no TTL.
final class DnsSource implements NameSource {
    /// Shorter than connect_timeout usually is, so that a second name server has its turn.
    private static final long QUERY_MILLIS = 1500;

    private static final Duration UNTOLD = Duration.ofDays(1);

    private final EventLoop loop;
    private final TransportKind transport;
    private final Supplier<NameSettings> settings;

    DnsSource(EventLoop loop, TransportKind transport, Supplier<NameSettings> settings) {
        this.loop = loop;
        this.transport = transport;
        this.settings = settings;
    }

    @Override
    public Found look(String host) throws UnknownHostException {
        var listed = inHostsFile(host);
        if (!listed.isEmpty()) {
            return new Found(listed, UNTOLD);
        }
        var servers = settings.get().servers();
        if (servers.isEmpty() && !systemNamesServers()) {
            return new Found(List.of(InetAddress.getAllByName(host)), UNTOLD);
        }
        return ask(host);
    }

    /// Read anew each time: it is small, and it may change.
    private static List<InetAddress> inHostsFile(String host) {
        var entries = HostsFileEntriesProvider.parser().parseSilently();
        var name = host.toLowerCase(Locale.ROOT);
        var all = new ArrayList<>(entries.ipv4Entries().getOrDefault(name, List.of()));
        all.addAll(entries.ipv6Entries().getOrDefault(name, List.of()));
        return all;
    }

    /// Netty would take a public name server where none is named; nobody asked for that.
    private static boolean systemNamesServers() {
        try (var lines = Files.lines(Path.of("/etc/resolv.conf"))) {
            return lines.anyMatch(line -> line.strip().startsWith("nameserver"));
        } catch (IOException unreadable) {
            return false;
        }
    }

    /// A resolver for each question, so that what is noted of TTLs belongs to it.
    private Found ask(String host) throws UnknownHostException {
        var ttl = new Ttl();
        try (var resolver = resolver(ttl)) {
            var addresses = resolver.resolveAll(host).get();
            return new Found(List.copyOf(addresses), Duration.ofSeconds(ttl.seconds));
        } catch (ExecutionException failed) {
            var cause = failed.getCause();
            throw new UnknownHostException(String.valueOf(cause == null ? failed.getMessage() : cause.getMessage()));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new UnknownHostException("interrupted");
        }
    }

    private DnsNameResolver resolver(Ttl ttl) {
        var builder = new DnsNameResolverBuilder(loop)
                .datagramChannelType(transport.datagram())
                .socketChannelType(transport.socket(), true)
                .queryTimeoutMillis(QUERY_MILLIS)
                .resolveCache(ttl)
                .cnameCache(new CnameTtl(ttl));
        var servers = settings.get().servers();
        if (!servers.isEmpty()) {
            builder.nameServerProvider(new SequentialDnsServerAddressStreamProvider(servers));
        }
        return builder.build();
    }

    /// Caches nothing, but learns the shortest TTL that was told. Belongs to the resolver's event loop until the answer
    /// is there.
    private static final class Ttl implements DnsCache {
        private volatile long seconds = UNTOLD.toSeconds();

        void told(long shorter) {
            seconds = Math.min(seconds, shorter);
        }

        @Override
        public @Nullable List<? extends DnsCacheEntry> get(String hostname, DnsRecord[] additionals) {
            return null;
        }

        @Override
        public DnsCacheEntry cache(
                String hostname, DnsRecord[] additionals, InetAddress address, long originalTtl, EventLoop loop) {
            told(originalTtl);
            return new Uncached(address, null);
        }

        @Override
        public DnsCacheEntry cache(String hostname, DnsRecord[] additionals, Throwable cause, EventLoop loop) {
            return new Uncached(null, cause);
        }

        @Override
        public void clear() {}

        @Override
        public boolean clear(String hostname) {
            return false;
        }
    }

    private record Uncached(
            @Nullable InetAddress address, @Nullable Throwable cause) implements DnsCacheEntry {}

    /// An alias may move sooner than the address it leads to.
    private record CnameTtl(Ttl ttl) implements DnsCnameCache {
        @Override
        public @Nullable String get(String hostname) {
            return null;
        }

        @Override
        public void cache(String hostname, String cname, long originalTtl, EventLoop loop) {
            ttl.told(originalTtl);
        }

        @Override
        public void clear() {}

        @Override
        public boolean clear(String hostname) {
            return false;
        }
    }
}
