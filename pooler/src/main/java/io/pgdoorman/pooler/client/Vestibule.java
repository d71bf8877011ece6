package io.pgdoorman.pooler.client;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SslHandler;
import io.pgdoorman.pooler.stats.ProcessStats.Reason;
import io.pgdoorman.pooler.tls.DoorTls;
import io.pgdoorman.pooler.tls.Encryption;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The TLS handshake of one client, before its startup packet; after it all bytes pass through its handler.
/// The time limit of the login bounds it. Belongs to the event loop.
final class Vestibule {
    /// The first byte of a TLS handshake; no startup packet is long enough to begin with it.
    static final byte TLS_HANDSHAKE = 0x16;

    /// The handler that encrypts, by its name in the pipeline.
    static final String HANDLER = "tls";

    private static final Logger LOG = LoggerFactory.getLogger(Vestibule.class);

    private final ChannelHandlerContext porch;
    private final Building building;
    private final DoorTls door;
    private final boolean isDirect;
    private Encryption encryption = Encryption.NONE;
    private boolean begun;
    private boolean over;

    private Vestibule(ChannelHandlerContext porch, Building building, DoorTls door, boolean isDirect) {
        this.porch = porch;
        this.building = building;
        this.door = door;
        this.isDirect = isDirect;
    }

    /// After an SSLRequest: it is answered when this handshake's turn comes.
    static Vestibule asked(ChannelHandlerContext porch, Building building, DoorTls door, long waitNanos) {
        var vestibule = new Vestibule(porch, building, door, false);
        if (waitNanos == 0) {
            vestibule.answer();
        } else {
            var _ = porch.executor().schedule(vestibule::answer, waitNanos, TimeUnit.NANOSECONDS);
        }
        return vestibule;
    }

    /// @param hello the first bytes of the handshake
    static Vestibule direct(ChannelHandlerContext porch, Building building, DoorTls door, ByteBuf hello) {
        var vestibule = new Vestibule(porch, building, door, true);
        vestibule.begin();
        porch.pipeline().fireChannelRead(hello);
        porch.pipeline().fireChannelReadComplete();
        return vestibule;
    }

    /// What the finished handshake gave; nothing before.
    Encryption encryption() {
        return encryption;
    }

    /// Whether all that comes from here on is encrypted.
    boolean hasBegun() {
        return begun;
    }

    /// The connection was refused, or has come in: if its turn has not come yet, it never does.
    void leave() {
        over = true;
    }

    private void answer() {
        if (!over && porch.channel().isActive() && !porch.isRemoved()) {
            var _ = porch.writeAndFlush(porch.alloc().buffer(1).writeByte('S'));
            begin();
        }
    }

    private void begin() {
        begun = true;
        var handler = door.handler(porch.alloc(), building.encryption().crypto());
        porch.pipeline().addFirst(HANDLER, handler);
        var _ = handler.handshakeFuture().addListener(done -> {
            var cause = done.cause();
            if (cause != null) {
                failed(String.valueOf(cause.getMessage()));
            } else if (isDirect && !DoorTls.ALPN.equals(handler.applicationProtocol())) {
                failed("direct TLS without the application protocol \"" + DoorTls.ALPN + "\"");
            } else {
                finished(handler);
            }
        });
    }

    private void finished(SslHandler handler) {
        encryption = Encryption.of(door, handler.engine().getSession());
    }

    private void failed(String reason) {
        building.stats().rejected(Reason.TLS_HANDSHAKE_FAIL);
        LOG.atDebug()
                .setMessage("TLS handshake failed")
                .addKeyValue("client", String.valueOf(porch.channel().remoteAddress()))
                .addKeyValue("reason", reason)
                .log();
        var _ = porch.close();
    }
}
