package io.pgdoorman.pooler.app;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The descriptors that this process has open, as Linux tells them in /proc (proc(5)); elsewhere there are none.
/// Blocks.
final class OpenFiles {
    private static final Path SELF = Path.of("/proc/self");
    private static final String SOCKET = "socket:[";
    private static final int HEX = 16;
    private static final int BYTES_OF_WORD = 4;

    /// By the kernel's number, from 1.
    private static final List<String> TCP_STATES = List.of(
            "established",
            "syn_sent",
            "syn_recv",
            "fin_wait1",
            "fin_wait2",
            "time_wait",
            "close",
            "close_wait",
            "last_ack",
            "listen",
            "closing");

    private static final Socket UNKNOWN = new Socket("unknown", 0, null, 0);

    private OpenFiles() {}

    /// @param target what /proc says that it is
    /// @param socket null when it is none, or one of a family that is not looked up
    record OpenFile(int descriptor, String target, @Nullable Socket socket) {}

    /// @param state by its family, as `tcp_established` or `unix_stream`
    /// @param localPort 0 for those without
    /// @param address of the peer, null where there is none
    record Socket(String state, int localPort, @Nullable String address, int port) {}

    static List<OpenFile> read() throws IOException {
        if (!Files.isDirectory(SELF.resolve("fd"))) {
            return List.of();
        }
        var sockets = sockets();
        var files = new ArrayList<OpenFile>();
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(SELF.resolve("fd"))) {
            for (var descriptor : descriptors) {
                var file = file(descriptor, sockets);
                if (file != null) {
                    files.add(file);
                }
            }
        }
        return files;
    }

    /// What a descriptor is, or null when it was closed since it was listed.
    private static @Nullable OpenFile file(Path descriptor, Map<String, Socket> sockets) throws IOException {
        String target;
        try {
            target = Files.readSymbolicLink(descriptor).toString();
        } catch (NoSuchFileException closed) {
            return null;
        }
        return new OpenFile(
                Integer.parseInt(String.valueOf(descriptor.getFileName())),
                target,
                target.startsWith(SOCKET) ? sockets.getOrDefault(inode(target), UNKNOWN) : null);
    }

    private static String inode(String target) {
        return target.substring(SOCKET.length(), target.length() - 1);
    }

    /// All sockets of the network namespace by inode.
    private static Map<String, Socket> sockets() throws IOException {
        var sockets = new HashMap<String, Socket>();
        for (var family : List.of("tcp", "tcp6")) {
            for (var fields : table(family)) {
                sockets.put(fields[9], tcp(family, fields));
            }
        }
        for (var fields : table("unix")) {
            sockets.put(fields[6], new Socket("unix_" + unixType(fields[4]), 0, null, 0));
        }
        return sockets;
    }

    private static List<String[]> table(String family) throws IOException {
        var file = SELF.resolve("net").resolve(family);
        if (!Files.isReadable(file)) {
            return List.of();
        }
        try (Stream<String> lines = Files.lines(file)) {
            return lines.skip(1).map(line -> line.strip().split("\\s+")).toList();
        }
    }

    private static Socket tcp(String family, String[] fields) {
        int state = Integer.parseInt(fields[3], HEX) - 1;
        var known = state >= 0 && state < TCP_STATES.size();
        var remote = fields[2].split(":");
        int port = Integer.parseInt(remote[1], HEX);
        return new Socket(
                known ? family + "_" + TCP_STATES.get(state) : "unknown",
                Integer.parseInt(fields[1].split(":")[1], HEX),
                port == 0 ? null : address(remote[0]),
                port);
    }

    /// Words of four bytes in the machine's order, which is little endian wherever this runs.
    static String address(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        var turned = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            turned[i / BYTES_OF_WORD * BYTES_OF_WORD + BYTES_OF_WORD - 1 - i % BYTES_OF_WORD] = bytes[i];
        }
        try {
            return java.net.InetAddress.getByAddress(turned).getHostAddress();
        } catch (java.net.UnknownHostException impossible) {
            throw new IllegalStateException("an address has 4 or 16 bytes", impossible);
        }
    }

    private static String unixType(String type) {
        return switch (type) {
            case "0001" -> "stream";
            case "0002" -> "dgram";
            case "0005" -> "seqpacket";
            default -> "other";
        };
    }
}
