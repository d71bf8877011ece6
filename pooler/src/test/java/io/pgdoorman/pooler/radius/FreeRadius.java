package io.pgdoorman.pooler.radius;

import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.Programs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;

/// Debian's FreeRADIUS, as a process of its own with a folder of its own.
final class FreeRadius implements AutoCloseable {
    static final String SECRET = "one, of \"two";

    private static final String SIGNED = """
        update reply {
          &Message-Authenticator := 0x00
        }
        """;

    private final int port = freePort();
    private final Process process;

    /// @param users in its own form
    /// @param signs whether its answers carry a Message-Authenticator, as those of versions before 2024 do not
    FreeRadius(Path folder, String users, boolean signs) throws IOException {
        Files.writeString(folder.resolve("dictionary"), "$INCLUDE /usr/share/freeradius/dictionary\n");
        Files.writeString(folder.resolve("users"), users);
        Files.writeString(folder.resolve("radiusd.conf"), """
            prefix = /usr
            raddbdir = %1$s
            logdir = %1$s
            run_dir = %1$s
            libdir = /usr/lib/freeradius
            security {
              reject_delay = 0
            }
            client here {
              ipaddr = 127.0.0.1
              secret = "%2$s"
            }
            modules {
              pap {
              }
              files {
                filename = %1$s/users
              }
            }
            server default {
              listen {
                type = auth
                ipaddr = 127.0.0.1
                port = %3$d
              }
              authorize {
                files
                pap
              }
              authenticate {
                Auth-Type PAP {
                  pap
                }
              }
              post-auth {
                %4$s
                Post-Auth-Type REJECT {
                  %4$s
                }
              }
            }
            """.formatted(
                        folder, SECRET.replace("\"", "\\\""), port, signs ? SIGNED : ""));
        var log = folder.resolve("radius.log");
        process = new ProcessBuilder("/usr/sbin/freeradius", "-X", "-d", folder.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        Eventually.isTrue("FreeRADIUS is ready", () -> isReady(log));
    }

    private boolean isReady(Path log) throws IOException {
        var text = Files.readString(log);
        if (!process.isAlive()) {
            throw new IllegalStateException("FreeRADIUS ended: " + text);
        }
        return text.contains("Ready to process requests");
    }

    int port() {
        return port;
    }

    /// Of UDP; nobody has it.
    static int freePort() {
        try (var socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        Programs.end(process);
    }
}
