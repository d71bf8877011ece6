package io.pgdoorman.config.catalogue;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.config.ChangeClass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CatalogueTest {

    /// PgDoorman's keys by section, besides tables.
    private static final Map<String, String> KNOWN = Map.of(
            "general",
            """
            host port backlog max_connections unix_socket_dir unix_socket_mode unix_socket_buffer_size
            tcp_keepalives_idle tcp_keepalives_interval tcp_keepalives_count tcp_so_linger tcp_no_delay tcp_user_timeout
            tcp_socket_buffer_size max_memory_usage log_client_connections log_client_disconnections syslog_prog_name
            daemon_pid_file connect_timeout query_wait_timeout idle_timeout server_lifetime retain_connections_time
            retain_connections_max server_idle_check_timeout shutdown_timeout proxy_copy_data_timeout
            message_size_to_be_stream server_round_robin sync_server_parameters pooler_check_query startup_parameters
            max_concurrent_creates scaling_warm_pool_ratio scaling_fast_retries scaling_max_parallel_creates
            prepared_statements prepared_statements_cache_size server_prepared_statements_cache_size
            client_anonymous_prepared_cache_size query_interner_gc_interval_seconds query_interner_anon_idle_ttl_seconds
            worker_threads worker_cpu_affinity_pinning worker_stack_size max_blocking_threads
            tokio_global_queue_interval tokio_event_interval admin_username admin_password tls_certificate
            tls_private_key tls_ca_cert tls_mode tls_rate_limit_per_second server_tls_mode server_tls_ca_cert
            server_tls_certificate server_tls_private_key hba pg_hba patroni_api_urls fallback_cooldown
            patroni_api_timeout fallback_connect_timeout fallback_lifetime
            deferred_begin client_login_timeout query_wait_notify client_idle_timeout idle_transaction_timeout transaction_timeout
            query_timeout max_db_client_connections max_user_client_connections max_address_client_connections\
            """,
            "web",
            """
            enabled host port ui ui_anonymous log_tap_max_entries sso_enabled sso_proxy_url sso_public_key_file
            sso_audience sso_allowed_users trusted_proxies sso_groups_claim sso_admin_groups sso_require_https\
            """,
            "pools.<name>",
            """
            pool_mode server_host server_port server_database connect_timeout idle_timeout server_lifetime
            cleanup_server_connections log_client_parameter_status_changes application_name
            prepared_statements_cache_size server_prepared_statements_cache_size scaling_warm_pool_ratio
            scaling_fast_retries max_db_connections min_connection_lifetime reserve_pool_size reserve_pool_timeout
            min_guaranteed_pool_size patroni_api_urls patroni_api_timeout fallback_cooldown fallback_connect_timeout
            fallback_lifetime server_tls_mode server_tls_ca_cert server_tls_certificate server_tls_private_key
            startup_parameters
            query_wait_timeout query_wait_notify client_idle_timeout idle_transaction_timeout transaction_timeout
            query_timeout max_db_client_connections max_user_client_connections\
            """,
            "pools.<name>.users[]",
            """
            username password pool_size min_pool_size pool_mode server_lifetime server_username server_password
            auth_pam_service
            query_wait_timeout query_wait_notify client_idle_timeout idle_transaction_timeout transaction_timeout
            query_timeout max_user_client_connections\
            """,
            "pools.<name>.auth_query",
            """
            query user password database workers server_user server_password pool_size min_pool_size cache_ttl
            cache_failure_ttl min_interval\
            """,
            "talos",
            "keys databases",
            "include",
            "files");

    /// Keys of ours besides PgDoorman's, by section.
    private static final Map<String, List<String>> OURS = Map.of(
            "general",
                    List.of(
                            "hba_roles",
                            "stats_username",
                            "stats_password",
                            "ldap_tls_ca_cert",
                            "krb_server_keyfile",
                            "pg_ident",
                            "scram_iterations",
                            "max_unauthenticated_connections",
                            "login_failures_per_minute",
                            "login_failures_exempt",
                            "audit_successful_logins",
                            "watch_files",
                            "read_only_port",
                            "shutdown_spread",
                            "shutdown_boundary",
                            "shutdown_on_timeout",
                            "reload_kick_clients",
                            "log_slow_checkout",
                            "log_slow_query",
                            "tls_crl",
                            "tls_min_version",
                            "tls_ciphers",
                            "server_tls_crl",
                            "patroni_api_ca_cert",
                            "cleartext_passwords",
                            "peers",
                            "dns_max_ttl",
                            "dns_nxdomain_ttl",
                            "dns_keep_stale",
                            "dns_servers",
                            "dns_retire_servers"),
            "token_issuers.<name>",
                    List.of(
                            "keys_file",
                            "keys_url",
                            "keys_ca",
                            "keys_token_file",
                            "keys_refresh",
                            "issuer",
                            "audience",
                            "algorithms",
                            "leeway",
                            "user_claim",
                            "role_claim",
                            "service_accounts",
                            "ends_sessions"),
            "pools.<name>.auth_query", List.of("max_users"),
            "pools.<name>.users[]", List.of("previous_password", "previous_password_until"),
            "web", List.of("tls_certificate", "tls_private_key", "metrics_token"),
            "pools.<name>",
                    List.of(
                            "target_session_attrs",
                            "load_balance_hosts",
                            "server_tls_crl",
                            "patroni_api_ca_cert",
                            "pin_on",
                            "max_pinned_servers",
                            "paused",
                            "read_only_pool"));

    private static final Set<String> BOOT = Set.of(
            "host",
            "port",
            "read_only_port",
            "backlog",
            "worker_threads",
            "worker_cpu_affinity_pinning",
            "syslog_prog_name",
            "enabled",
            "unix_socket_dir",
            "unix_socket_mode");

    @Test
    void holdsEveryKeyOfPgDoorman() {
        for (var section : Catalogue.sections()) {
            // given
            var expected = new ArrayList<String>();
            if (KNOWN.containsKey(section.path())) {
                expected.addAll(Arrays.asList(KNOWN.get(section.path()).split("\\s+")));
            }
            expected.addAll(OURS.getOrDefault(section.path(), List.of()));

            // when
            var names = section.settings().stream().map(Setting::name).toList();

            // then
            assertThat(names).as(section.path()).containsExactlyInAnyOrderElementsOf(expected);
        }
    }

    @Test
    void describesEverySettingWithClassAndSentence() {
        for (var section : Catalogue.sections()) {
            for (var setting : section.settings()) {
                // given
                var name = section.path() + "." + setting.name();

                // when
                var sentence = setting.sentence();

                // then
                assertThat(sentence).as(name).matches("[A-Z].*\\.").doesNotContain("|");
                assertThat(setting.changeClass()).as(name).isNotNull();
                assertThat(setting.name()).as(name).matches("[a-z0-9_]+");
            }
        }
    }

    @Test
    void asksForANewProcessOnlyWhereAReloadCannotHelp() {
        // given
        var boot = new ArrayList<String>();

        // when
        for (var section : Catalogue.sections()) {
            section.settings().stream()
                    .filter(setting -> setting.support() instanceof Support.Acts)
                    .filter(setting -> setting.changeClass() == ChangeClass.BOOT)
                    .forEach(setting -> boot.add(setting.name()));
        }

        // then
        assertThat(new HashSet<>(boot)).isEqualTo(BOOT);
        assertThat(boot).hasSize(BOOT.size() + 2); // host and port stand in two sections
    }

    @Test
    void writesDurationsInTheLargestExactUnit() {
        assertThat(List.of(
                        Types.shortest(java.time.Duration.ofMillis(1500)),
                        Types.shortest(java.time.Duration.ofMinutes(90)),
                        Types.shortest(java.time.Duration.ZERO)))
                .containsExactly("1500ms", "90m", "0");
    }
}
