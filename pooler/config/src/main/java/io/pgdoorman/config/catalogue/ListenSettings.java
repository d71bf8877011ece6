package io.pgdoorman.config.catalogue;

import static io.pgdoorman.config.catalogue.Types.bool;
import static io.pgdoorman.config.catalogue.Types.choice;
import static io.pgdoorman.config.catalogue.Types.duration;
import static io.pgdoorman.config.catalogue.Types.integer;
import static io.pgdoorman.config.catalogue.Types.octalMode;
import static io.pgdoorman.config.catalogue.Types.seconds;
import static io.pgdoorman.config.catalogue.Types.size;
import static io.pgdoorman.config.catalogue.Types.text;

import io.pgdoorman.config.ByteSize;
import io.pgdoorman.config.GeneralConfig;
import io.pgdoorman.config.ServerHost;
import io.pgdoorman.config.ShutdownConfig;
import java.time.Duration;
import java.util.List;

/// `general`, first part: listener, sockets, process.
public final class ListenSettings {

    static final Section<GeneralConfig> S = new Section<>("general", "What holds for the whole process.");

    public static final Setting<GeneralConfig, String> HOST = S.boot("host", text())
            .orElse("0.0.0.0")
            .acts(g -> g.listen().host(), "Listen address, one IPv4 or IPv6 literal.");
    public static final Setting<GeneralConfig, Integer> PORT = S.boot("port", integer(0, 65_535))
            .orElse(5432)
            .acts(g -> g.listen().port(), "Listen port; 0 lets the system choose a free one.");
    public static final Setting<GeneralConfig, Integer> READ_ONLY_PORT = S.boot("read_only_port", integer(1, 65_535))
            .acts(
                    g -> g.listen().readOnlyPort(),
                    "A second listen port: who connects there gets, by the same name of a database, the servers of its"
                            + " pool's read_only_pool.");
    public static final Setting<GeneralConfig, Integer> BACKLOG = S.boot("backlog", integer(0, 1_000_000))
            .orElse(0)
            .acts(g -> g.listen().backlog(), "Length of the listen queue; 0 takes the value of max_connections.");
    public static final Setting<GeneralConfig, Integer> MAX_CONNECTIONS = S.hot(
                    "max_connections", integer(1, 1_000_000))
            .orElse(8192)
            .acts(g -> g.listen().maxConnections(), "Most clients at once; the next one is refused with 53300.");
    public static final Setting<GeneralConfig, Integer> WORKER_THREADS = S.boot("worker_threads", integer(1, 1024))
            .orElse(4)
            .acts(g -> g.listen().workers().threads(), "Event loops that carry clients and servers.");
    public static final Setting<GeneralConfig, Boolean> WORKER_CPU_AFFINITY_PINNING = S.boot(
                    "worker_cpu_affinity_pinning", bool())
            .orElse(false)
            .acts(
                    g -> g.listen().workers().pinned(),
                    "Ties each event loop to one of the processors that the process may use, in turn; Linux only.");
    public static final Setting<GeneralConfig, List<ServerHost>> PEERS = S.hot("peers", new HostsType())
            .acts(
                    g -> g.listen().peers(),
                    "All poolers of a fleet behind one address, as names or addresses: a cancel request that a load"
                            + " balancer brings to the wrong one goes on to the one whose client it is for. A name"
                            + " stands for all its addresses; without :port it is this pooler's own.");
    public static final Setting<GeneralConfig, String> SYSLOG_PROG_NAME = S.boot("syslog_prog_name", text())
            .acts(
                    g -> g.listen().syslogName(),
                    "Logs to the machine's syslog (/dev/log) under this name, instead of standard error; the audit"
                            + " stays on standard output. What syslog does not take goes to standard error.");
    public static final Setting<GeneralConfig, Duration> SHUTDOWN_TIMEOUT = S.hot(
                    "shutdown_timeout", duration(Duration.ZERO))
            .orElse(Duration.ofSeconds(10))
            .acts(
                    g -> g.listen().shutdown().timeout(),
                    "Longest drain, of the process in every kind of shutdown, or of a user or database that a reload"
                            + " removes; what is open after it is closed.");
    public static final Setting<GeneralConfig, Duration> SHUTDOWN_SPREAD = S.hot(
                    "shutdown_spread", duration(Duration.ZERO))
            .acts(
                    g -> g.listen().shutdown().chosenSpread(),
                    "Time over which a drain asks clients to leave, those at rest first, so that other poolers meet no"
                            + " storm of logins; ten a second are asked in any case. A tenth of shutdown_timeout if"
                            + " absent.");
    public static final Setting<GeneralConfig, ShutdownConfig.Boundary> SHUTDOWN_BOUNDARY = S.hot(
                    "shutdown_boundary", choice(List.of(ShutdownConfig.Boundary.values())))
            .orElse(ShutdownConfig.Boundary.TRANSACTION)
            .acts(
                    g -> g.listen().shutdown().boundary(),
                    "Where a drain lets a client go: at the end of its transaction, or only when it leaves by itself"
                            + " (session).");
    public static final Setting<GeneralConfig, ShutdownConfig.OnTimeout> SHUTDOWN_ON_TIMEOUT = S.hot(
                    "shutdown_on_timeout", choice(List.of(ShutdownConfig.OnTimeout.values())))
            .orElse(ShutdownConfig.OnTimeout.TERMINATE)
            .acts(
                    g -> g.listen().shutdown().onTimeout(),
                    "What becomes of clients that are left after shutdown_timeout: they are ended (terminate), or the"
                            + " process waits for them (wait), until a second SIGTERM.");
    public static final Setting<GeneralConfig, Duration> TCP_KEEPALIVES_IDLE = S.hot(
                    "tcp_keepalives_idle", seconds(1, 32_767))
            .orElse(Duration.ofSeconds(5))
            .acts(g -> g.tcp().keepalive().idle(), "Silence before the first keepalive probe, in seconds.");
    public static final Setting<GeneralConfig, Duration> TCP_KEEPALIVES_INTERVAL = S.hot(
                    "tcp_keepalives_interval", seconds(1, 32_767))
            .orElse(Duration.ofSeconds(5))
            .acts(g -> g.tcp().keepalive().interval(), "Time between keepalive probes, in seconds.");
    public static final Setting<GeneralConfig, Integer> TCP_KEEPALIVES_COUNT = S.hot(
                    "tcp_keepalives_count", integer(1, 127))
            .orElse(5)
            .acts(g -> g.tcp().keepalive().count(), "Unanswered probes before a connection counts as dead.");
    public static final Setting<GeneralConfig, Boolean> TCP_NO_DELAY = S.hot("tcp_no_delay", bool())
            .orElse(true)
            .acts(g -> g.tcp().noDelay(), "Sends small packets at once (Nagle's algorithm off).");
    public static final Setting<GeneralConfig, Duration> TCP_USER_TIMEOUT = S.hot(
                    "tcp_user_timeout", seconds(0, 86_400))
            .orElse(Duration.ofSeconds(60))
            .acts(
                    g -> g.tcp().userTimeout(),
                    "TCP_USER_TIMEOUT of client sockets on Linux, in seconds; 0 leaves it to the system.");
    public static final Setting<GeneralConfig, ByteSize> TCP_SOCKET_BUFFER_SIZE = S.hot(
                    "tcp_socket_buffer_size", size())
            .orElse(new ByteSize(0))
            .acts(g -> g.tcp().socketBufferSize(), "SO_RCVBUF and SO_SNDBUF; 0 leaves them to the kernel's tuning.");

    public static final Setting<GeneralConfig, String> UNIX_SOCKET_DIR = S.boot(
                    "unix_socket_dir", text("an absolute path", text -> text.startsWith("/")))
            .acts(
                    g -> g.listen().unix().folder(),
                    "Folder of an additional Unix socket listener; its file is named .s.PGSQL.<port>, as libpq seeks"
                            + " it.");
    public static final Setting<GeneralConfig, Integer> UNIX_SOCKET_MODE = S.boot("unix_socket_mode", octalMode())
            .orElse(0600)
            .acts(g -> g.listen().unix().mode(), "Permission bits of that file; they hold before anybody can connect.");
    public static final Setting<GeneralConfig, ByteSize> UNIX_SOCKET_BUFFER_SIZE = S.hot(
                    "unix_socket_buffer_size", size())
            .orElse(new ByteSize(1 << 20))
            .acts(
                    g -> g.tcp().unixSocketBufferSize(),
                    "Buffers of Unix connections to PostgreSQL, of new ones after a change; 0 leaves them to the"
                            + " kernel.");

    static {
        S.hot("tcp_so_linger", seconds(0, 65_535))
                .orElse(Duration.ZERO)
                .noEffect("SO_LINGER of client sockets; they are closed so that a client can read the reason here.");
        S.boot("daemon_pid_file", text())
                .inherits("pg_doorman.pid in the temporary folder")
                .noEffect("PID file of daemon mode; the pooler runs in the foreground and writes none.");
        S.boot("worker_stack_size", size()).noEffect("Stack of tokio's workers; event loops need no larger one.");
        S.boot("max_blocking_threads", integer(1, Integer.MAX_VALUE))
                .noEffect("Blocking threads of tokio; here they are virtual.");
        S.boot("tokio_global_queue_interval", integer(1, Integer.MAX_VALUE)).noEffect("Scheduler interval of tokio.");
        S.boot("tokio_event_interval", integer(1, Integer.MAX_VALUE)).noEffect("Event interval of tokio.");
    }

    private ListenSettings() {}
}
