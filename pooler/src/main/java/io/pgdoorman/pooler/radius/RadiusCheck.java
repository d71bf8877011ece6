package io.pgdoorman.pooler.radius;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pgdoorman.pooler.auth.BlockingCheck;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// Asks RADIUS servers, as PostgreSQL's `CheckRADIUSAuth` does: the first that answers decides.
public final class RadiusCheck extends BlockingCheck {
    /// PostgreSQL waits as long for one server; here the same request is sent anew each second, as datagrams get lost.
    private static final int TRIES = 3;

    private static final long TRY_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final RadiusRule rule;
    private final LongSupplier clock;

    /// Servers that have shown a Message-Authenticator: whoever leaves it out from then on is somebody else.
    private final Set<RadiusRule.Server> authentic = ConcurrentHashMap.newKeySet();

    public RadiusCheck(RadiusRule rule, Means means) {
        super(means);
        this.rule = rule;
        this.clock = means.clock();
    }

    @Override
    public String method() {
        return "RADIUS";
    }

    @Override
    protected Finding judge(Attempt attempt) {
        byte[] password = attempt.secret().getBytes(UTF_8);
        try {
            if (password.length > RadiusRequest.LONGEST_PASSWORD) {
                return Refused.silently("RADIUS authentication does not support passwords longer than "
                        + RadiusRequest.LONGEST_PASSWORD + " characters");
            }
            if (attempt.user().getBytes(UTF_8).length > RadiusRequest.LONGEST_TEXT) {
                return Refused.silently("RADIUS knows no names of such a length");
            }
            return ask(attempt.user(), password);
        } finally {
            Arrays.fill(password, (byte) 0);
        }
    }

    private Finding ask(String user, byte[] password) {
        var failures = new ArrayList<String>();
        for (var server : rule.servers()) {
            try {
                var answer = ask(server, RadiusRequest.of(server, user, password));
                if (answer.isPresent()) {
                    return answer.get().accepts()
                            ? Accepted.of(user + " of " + server)
                            : Refused.silently("RADIUS server " + server + " refuses");
                }
                failures.add(server + " gives no answer that its secret proves");
            } catch (IOException e) {
                failures.add(server + ": " + e.getMessage());
            }
        }
        return new Unavailable(String.join("; ", failures));
    }

    private Optional<RadiusRequest.Answer> ask(RadiusRule.Server server, RadiusRequest request) throws IOException {
        var address = new InetSocketAddress(server.host(), server.port());
        if (address.isUnresolved()) {
            throw new IOException("the name leads to no address");
        }
        try (var socket = new DatagramSocket()) {
            socket.connect(address); // so that nobody else is heard
            for (int tried = 0; tried < TRIES; tried++) {
                socket.send(new DatagramPacket(request.packet(), request.packet().length));
                var answer = answer(socket, server, request);
                if (answer.isPresent()) {
                    return answer;
                }
            }
            return Optional.empty();
        } catch (PortUnreachableException e) {
            throw new IOException("nobody listens there", e);
        }
    }

    private boolean isBelieved(RadiusRule.Server server, RadiusRequest.Answer answer) {
        if (answer.isAuthentic()) {
            authentic.add(server);
        }
        return answer.isAuthentic() || !authentic.contains(server);
    }

    /// What is no answer to this request is passed over, for as long as one try lasts.
    private Optional<RadiusRequest.Answer> answer(
            DatagramSocket socket, RadiusRule.Server server, RadiusRequest request) throws IOException {
        byte[] buffer = new byte[RadiusRequest.LONGEST];
        long end = clock.getAsLong() + TRY_NANOS;
        for (long left = TRY_NANOS; left > 0; left = end - clock.getAsLong()) {
            var packet = new DatagramPacket(buffer, buffer.length);
            socket.setSoTimeout((int) Math.max(1, TimeUnit.NANOSECONDS.toMillis(left)));
            try {
                socket.receive(packet);
            } catch (SocketTimeoutException _) {
                return Optional.empty();
            }
            var answer = request.answer(buffer, packet.getLength()).filter(found -> isBelieved(server, found));
            if (answer.isPresent()) {
                return answer;
            }
        }
        return Optional.empty();
    }
}
