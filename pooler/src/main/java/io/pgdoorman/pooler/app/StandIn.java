package io.pgdoorman.pooler.app;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pgdoorman.pooler.wire.Backend;
import io.pgdoorman.pooler.wire.BackendWriter;
import io.pgdoorman.pooler.wire.Column;
import io.pgdoorman.pooler.wire.FieldFormats;
import io.pgdoorman.pooler.wire.FirstPacket;
import io.pgdoorman.pooler.wire.Frontend;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Stands in for PostgreSQL at a [Rehearsal]: lets everybody in and gives each query the same answer.
///
/// An image is built where there is no database, and the rehearsal wants the pooler's way of a query, not PostgreSQL's.
final class StandIn implements AutoCloseable {
    private static final List<Column> COLUMNS = List.of(Column.text("line"));
    private static final List<@Nullable String> ROW = List.of("as rehearsed");
    private static final byte[] SECRET = {1, 2, 3, 4};

    private final ServerSocket door;

    StandIn() throws IOException {
        door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofPlatform().daemon().name("stand-in").start(this::accept);
    }

    int port() {
        return door.getLocalPort();
    }

    @Override
    public void close() throws IOException {
        door.close();
    }

    private void accept() {
        while (!door.isClosed()) {
            try {
                var socket = door.accept();
                Thread.ofPlatform().daemon().name("stand-in").start(() -> serve(socket));
            } catch (IOException end) {
                if (!door.isClosed()) {
                    throw new UncheckedIOException(end);
                }
            }
        }
    }

    private static void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            var in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
            var out = Unpooled.buffer();
            greet(socket, in, out);
            while (true) {
                if (in.available() == 0) {
                    out.readBytes(socket.getOutputStream(), out.readableBytes());
                    out.clear();
                }
                byte tag = in.readByte();
                in.skipNBytes(in.readInt() - 4L);
                answer(tag, out);
            }
        } catch (EOFException left) {
            // the pooler has closed this server
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    private static void greet(Socket socket, DataInputStream in, ByteBuf out) throws IOException {
        int length = in.readInt();
        if (in.readInt() == FirstPacket.SSL_REQUEST) {
            socket.getOutputStream().write('N');
            length = in.readInt();
            in.skipNBytes(4);
        }
        in.skipNBytes(length - 8L);
        BackendWriter.authenticationOk(out);
        BackendWriter.parameterStatus(out, "server_version", "18.0");
        BackendWriter.parameterStatus(out, "server_encoding", "UTF8");
        BackendWriter.parameterStatus(out, "client_encoding", "UTF8");
        BackendWriter.parameterStatus(out, "DateStyle", "ISO, MDY");
        BackendWriter.parameterStatus(out, "TimeZone", "UTC");
        BackendWriter.parameterStatus(out, "standard_conforming_strings", "on");
        BackendWriter.backendKeyData(out, 1, SECRET);
        BackendWriter.readyForQuery(out, Backend.STATUS_IDLE);
    }

    private static void answer(byte tag, ByteBuf out) {
        switch (tag) {
            case Frontend.QUERY -> {
                BackendWriter.rowDescription(out, COLUMNS, FieldFormats.TEXT);
                rows(out);
                BackendWriter.readyForQuery(out, Backend.STATUS_IDLE);
            }
            case Frontend.PARSE -> BackendWriter.bare(out, Backend.PARSE_COMPLETE);
            case Frontend.BIND -> BackendWriter.bare(out, Backend.BIND_COMPLETE);
            case Frontend.CLOSE -> BackendWriter.bare(out, Backend.CLOSE_COMPLETE);
            case Frontend.DESCRIBE -> BackendWriter.rowDescription(out, COLUMNS, FieldFormats.TEXT);
            case Frontend.EXECUTE -> rows(out);
            case Frontend.SYNC -> BackendWriter.readyForQuery(out, Backend.STATUS_IDLE);
            default -> {} // Flush and Terminate have no answer
        }
    }

    private static void rows(ByteBuf out) {
        BackendWriter.dataRow(out, COLUMNS, FieldFormats.TEXT, ROW);
        BackendWriter.commandComplete(out, "SELECT 1");
    }
}
