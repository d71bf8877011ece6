package io.pgdoorman.pooler.door;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.util.Random;

/// A socket that spoils one of the next writes of whoever uses it: a handshake's records, behind the back of what
/// makes them. Used by one thread.
final class Spoiler extends Socket {
    private static final int WITHIN = 4;

    private long twist;
    private int untouched;

    /// @param how a twist; 0 spoils nothing from now on
    void spoils(long how) {
        twist = how;
        untouched = new Random(how).nextInt(WITHIN);
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
        return new FilterOutputStream(super.getOutputStream()) {
            @Override
            public void write(byte[] bytes, int from, int length) throws IOException {
                if (twist == 0 || untouched-- > 0) {
                    out.write(bytes, from, length);
                    return;
                }
                var record = new byte[length];
                System.arraycopy(bytes, from, record, 0, length);
                var how = twist;
                twist = 0;
                out.write(Twist.of(record, how));
            }
        };
    }
}
