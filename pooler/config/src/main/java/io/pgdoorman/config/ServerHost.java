package io.pgdoorman.config;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One host of a pool: an address, a name, or the folder of a Unix socket; with a port of its own or with the pool's.
public record ServerHost(String host, @Nullable Integer port) {

    private static final int LAST_PORT = 65_535;

    /// Reads `host`, `host:port`, `[v6]`, `[v6]:port`, a bare IPv6 address, `/folder` or `/folder:port`.
    public static Optional<ServerHost> parse(String written) {
        var text = written.strip();
        if (text.startsWith("[")) {
            int end = text.indexOf(']');
            return end < 2 || !text.substring(1, end).contains(":")
                    ? Optional.empty()
                    : of(text.substring(1, end), text.substring(end + 1));
        }
        int colon = text.indexOf(':');
        boolean isFolder = text.startsWith("/");
        boolean isBareV6 = !isFolder && colon >= 0 && colon != text.lastIndexOf(':');
        if (isBareV6) {
            return of(text, "");
        }
        int cut = isFolder ? text.lastIndexOf(':') : colon;
        return cut < 0 ? of(text, "") : of(text.substring(0, cut), text.substring(cut));
    }

    private static Optional<ServerHost> of(String host, String colonPort) {
        if (host.isEmpty() || host.chars().anyMatch(c -> c <= ' ' || c == ',' || c == '[' || c == ']')) {
            return Optional.empty();
        }
        if (colonPort.isEmpty()) {
            return Optional.of(new ServerHost(host, null));
        }
        if (!colonPort.matches(":[1-9][0-9]{0,4}")) {
            return Optional.empty();
        }
        int port = Integer.parseInt(colonPort.substring(1));
        return port > LAST_PORT ? Optional.empty() : Optional.of(new ServerHost(host, port));
    }

    /// Whether it is the folder of a Unix socket.
    public boolean isFolder() {
        return host.startsWith("/");
    }

    @Override
    public String toString() {
        if (port == null) {
            return host;
        }
        return (host.contains(":") && !isFolder() ? "[" + host + "]" : host) + ":" + port;
    }
}
