package io.pgdoorman.config;

/// The section `general`, in groups by who reads them.
public record GeneralConfig(
        ListenConfig listen,
        TcpConfig tcp,
        ClientConfig clients,
        ServerConfig servers,
        RelayConfig relay,
        AccessConfig access,
        LoginConfig logins,
        DnsConfig dns,
        ClientTls tls,
        UpkeepConfig upkeep) {}
