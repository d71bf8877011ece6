package io.pgdoorman.operator.render;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.fabric8.kubernetes.api.model.Quantity;
import io.pgdoorman.config.read.ConfigReader;
import io.pgdoorman.config.read.Format;
import io.pgdoorman.config.read.ReadResult;
import io.pgdoorman.operator.api.v1alpha1.DatabaseSpec;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolSpec;
import io.pgdoorman.operator.api.v1alpha1.GoDuration;
import io.pgdoorman.operator.api.v1alpha1.PoolMode;
import io.pgdoorman.operator.api.v1alpha1.Problem;
import io.pgdoorman.operator.api.v1alpha1.SecretRef;
import io.pgdoorman.operator.api.v1alpha1.SecretUse;
import io.pgdoorman.operator.api.v1alpha1.ServerSpec;
import io.pgdoorman.operator.api.v1alpha1.SpecRules;
import io.pgdoorman.operator.api.v1alpha1.UserSpec;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Writes the pooler's file and has it read back by the pooler's own code, so that no pod refuses it for its form.
public final class Renderer {

    /// Name of the file with the administrator's password, in the folder of [Place].
    public static final String ADMIN_PASSWORD_FILE = "admin-password";

    /// Name of the configuration's file.
    public static final String CONFIG_FILE = "pgdoorman.yaml";

    /// In `general`, what only a new process takes, and what tells others of it.
    private static final List<String> BOOT_KEYS = List.of("host", "port", "read_only_port", "worker_threads", "peers");

    private static final YAMLMapper YAML = YAMLMapper.builder()
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .disable(YAMLGenerator.Feature.SPLIT_LINES)
            .enable(YAMLGenerator.Feature.LITERAL_BLOCK_STYLE)
            .build();

    private final DoormanPoolSpec spec;
    private final Place place;
    private final SecretFiles secrets;
    private final Fleet fleet;
    private final AuthText auth;

    private Renderer(DoormanPoolSpec spec, Map<SecretRef, SecretValue> values, Place place, Fleet fleet) {
        this.spec = spec;
        this.place = place;
        this.secrets = new SecretFiles(values, place.folder());
        this.fleet = fleet;
        this.auth = new AuthText(spec.auth(), secrets, fleet);
    }

    /// Renders a spec without tenants and budget.
    public static Rendered render(DoormanPoolSpec spec, Map<SecretRef, SecretValue> values, Place place) {
        return render(spec, values, place, Fleet.PLAIN);
    }

    /// Renders a spec; `values` has what its references lead to.
    public static Rendered render(DoormanPoolSpec spec, Map<SecretRef, SecretValue> values, Place place, Fleet fleet) {
        var problems = new ArrayList<>(SpecRules.check(spec));
        for (var use : SecretUse.of(spec)) {
            var value = values.get(use.ref());
            if (value == null) {
                problems.add(new Problem(
                        use.who(), "key " + use.ref().key() + " of " + use.ref().object() + " is not resolved"));
            } else {
                Material.problem(use, value).ifPresent(problems::add);
                if (use.kind() == SecretUse.Kind.RULES) {
                    problems.addAll(HbaText.problems(spec.auth(), use, value));
                }
            }
        }
        for (var server : spec.servers()) {
            if (server.serviceRef() != null && place.serviceDomain() == null) {
                problems.add(new Problem(
                        "spec.servers[" + server.name() + "].serviceRef",
                        "there are no Services here, expected a host"));
            }
        }
        if (problems.isEmpty()) {
            problems.addAll(roles(spec, values));
            new Shares(spec, fleet).problem().ifPresent(problems::add);
        }
        if (!problems.isEmpty()) {
            return new Rendered.Invalid(problems);
        }
        return new Renderer(spec, values, place, fleet).render();
    }

    /// Claims enter the server with the password of their rule's user, so it has to be one.
    private static List<Problem> roles(DoormanPoolSpec spec, Map<SecretRef, SecretValue> values) {
        var problems = new ArrayList<Problem>();
        for (var rule : spec.access().all()) {
            for (var role : rule.roles()) {
                var secret = user(spec, role.user()).secretAtServer();
                if (secret == null || Objects.requireNonNull(values.get(secret)).kind() != SecretValue.Kind.PLAIN) {
                    problems.add(new Problem(
                            "spec.access.rules[" + rule.name() + "].roles[" + role.name() + "].user",
                            (secret == null ? "user " : "Secret " + secret.name() + " of user ") + role.user()
                                    + (secret == null ? " has no Secret" : " has a hash")
                                    + ", expected the password itself: no server can be entered"
                                    + (secret == null ? " without" : " with a hash")));
                }
            }
        }
        return problems;
    }

    private static UserSpec user(DoormanPoolSpec spec, String name) {
        return spec.auth().users().stream()
                .filter(candidate -> candidate.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /// The same configuration without some users; the one that is given if it has none of them.
    public static ConfigText without(ConfigText config, Set<String> users) {
        try {
            var root = (ObjectNode) YAML.readTree(config.text());
            var isChanged = false;
            for (var pool : root.path("pools")) {
                for (var iterator = pool.path("users").iterator(); iterator.hasNext(); ) {
                    if (users.contains(iterator.next().path("username").asText())) {
                        iterator.remove();
                        isChanged = true;
                    }
                }
            }
            if (!isChanged) {
                return config;
            }
            return checked(root, "fewer users");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a configuration that was written can be read", e);
        }
    }

    /// A configuration as a process can take it that runs another one: what is read at boot stays as it is there.
    public static ConfigText booted(ConfigText config, String running) {
        try {
            var root = (ObjectNode) YAML.readTree(config.text());
            var old = YAML.readTree(running);
            var general = (ObjectNode) root.path("general");
            BOOT_KEYS.forEach(key -> general.remove(key));
            BOOT_KEYS.stream()
                    .filter(old.path("general")::has)
                    .forEach(key -> general.set(key, old.path("general").get(key)));
            root.set("web", old.path("web"));
            return checked(root, "what is read at boot as it was");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a configuration that was written can be read", e);
        }
    }

    /// Users of a configuration that were made for claims and have passwords.
    public static Set<String> tenants(String text) {
        try {
            var tenants = new TreeSet<String>();
            for (var pool : YAML.readTree(text).path("pools")) {
                for (var user : pool.path("users")) {
                    if (user.path("password").path("file").asText().contains("/" + SecretFiles.TENANT)) {
                        tenants.add(user.path("username").asText());
                    }
                }
            }
            return tenants;
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a configuration that was written can be read", e);
        }
    }

    /// The hash that a pooler reports when it runs this text, null if it would refuse it.
    public static @Nullable String hash(String text) {
        return ConfigReader.parse(text, Format.YAML, CONFIG_FILE) instanceof ReadResult.Valid valid
                ? valid.hash()
                : null;
    }

    private static ConfigText checked(ObjectNode root, String how) {
        var text = write(root);
        return switch (ConfigReader.parse(text, Format.YAML, CONFIG_FILE)) {
            case ReadResult.Valid valid -> new ConfigText(text, valid.hash());
            case ReadResult.Invalid(var faults) ->
                throw new IllegalStateException("a configuration is not valid with " + how + ": " + faults);
        };
    }

    private Rendered render() {
        var root = JsonNodeFactory.instance.objectNode();
        general(root.putObject("general"));
        root.putObject("web").put("enabled", true).put("host", place.webHost()).put("port", place.webPort());
        auth.issuers(root);
        var pools = root.putObject("pools");
        PoolOf.all(spec).forEach(pool -> pool(pools.putObject(pool.name()), pool));
        if (fleet.share() != null) {
            new Shares(spec, fleet)
                    .split(fleet.share())
                    .forEach((database, part) -> atMost((ObjectNode) pools.path(database), part));
        }
        extra(root);
        var text = write(root);
        return switch (ConfigReader.parse(text, Format.YAML, CONFIG_FILE)) {
            case ReadResult.Valid valid ->
                new Rendered.Valid(text, valid.hash(), bootHash(), fleet.share(), secrets.files());
            case ReadResult.Invalid(var faults) ->
                new Rendered.Invalid(faults.stream()
                        .map(fault -> new Problem(CONFIG_FILE + " " + fault.path(), fault.message()))
                        .toList());
        };
    }

    private void general(ObjectNode general) {
        general.put("host", place.listenHost()).put("port", spec.port());
        if (spec.readOnlyService().enabled()) {
            general.put("read_only_port", Place.POD_READ_ONLY_PORT);
        }
        var workers = spec.eventLoops();
        if (workers != null) {
            general.put("worker_threads", workers.intValue());
        }
        general.put("max_connections", spec.limits().maxClientConnections())
                .put("query_wait_timeout", millis(spec.limits().queryWaitTimeout()));
        DrainText.put(general, spec.rollout().drain());
        general.put("admin_username", SpecRules.ADMIN_USER);
        var memory = spec.limits().maxMemory();
        if (memory != null) {
            general.put("max_memory_usage", Quantity.getAmountInBytes(memory).longValue());
        }
        general.putObject("admin_password").put("file", place.folder() + "/" + ADMIN_PASSWORD_FILE);
        if (place.peers() != null) {
            general.put("peers", place.peers() + ":" + spec.port());
        }
        auth.general(general);
        new TlsText(secrets).client(general, spec.tls().client());
    }

    private void pool(ObjectNode node, PoolOf pool) {
        var database = pool.database();
        servers(node, pool);
        if (spec.pause().has(database.name())) {
            node.put("paused", true);
        }
        var mode = database.poolMode();
        node.put("server_database", database.nameAtServer())
                .put("pool_mode", word(mode == null ? spec.poolMode() : mode));
        bounds(node, database);
        new TlsText(secrets).server(node, server(pool.serverRefs().getFirst()));
        if (database.looksUp()) {
            auth.lookup(node, database.nameAtServer());
        }
        var list = node.putArray("users");
        pool.users(spec).forEach(user -> user(list.addObject(), database, user));
        pool.tenants(fleet).forEach(tenant -> tenant(list.addObject(), tenant));
    }

    private void servers(ObjectNode node, PoolOf pool) {
        var servers = pool.serverRefs().stream().map(this::server).toList();
        var server = servers.getFirst();
        if (servers.size() == 1) {
            node.put("server_host", host(server)).put("server_port", server.port());
        } else {
            var hosts = node.putArray("server_host");
            servers.forEach(one -> hosts.add(bracketed(host(one)) + ":" + one.port()));
        }
        role(node, server);
        new TlsText(secrets).patroni(node, server);
        if (pool.isReadOnly() && servers.size() > 1) {
            node.put("load_balance_hosts", "random");
        } else if (!pool.isReadOnly() && !pool.database().replicas().isEmpty()) {
            node.put("read_only_pool", new PoolOf(pool.database(), true).name());
        }
    }

    private static void atMost(ObjectNode pool, int part) {
        var own = pool.path("max_db_connections").asInt(part);
        pool.put("max_db_connections", Math.min(own, part));
    }

    private void bounds(ObjectNode pool, DatabaseSpec database) {
        if (database.queryWaitTimeout() != null) {
            pool.put("query_wait_timeout", millis(database.queryWaitTimeout()));
        }
        if (database.maxServerConnections() != null) {
            pool.put("max_db_connections", database.maxServerConnections());
        }
        if (database.minGuaranteed() != null) {
            pool.put("min_guaranteed_pool_size", database.minGuaranteed());
        }
        var parameters = StartupParameters.of(database, spec.budget());
        if (!parameters.isEmpty()) {
            var node = pool.putObject("startup_parameters");
            parameters.forEach(node::put);
        }
    }

    private void tenant(ObjectNode node, Tenant tenant) {
        node.put("username", tenant.user());
        switch (tenant.proof()) {
            case Tenant.Proof.Password(var value, var previous) -> {
                node.putObject("password").put("file", secrets.tenant(tenant.user(), value));
                if (previous != null) {
                    node.putObject("previous_password").put("file", secrets.tenant(tenant.user(), previous));
                }
            }
            case Tenant.Proof.Token _ -> node.put("password", "");
        }
        node.put("pool_size", tenant.poolSize());
        if (tenant.maxClientConnections() != null) {
            node.put("max_user_client_connections", tenant.maxClientConnections());
        }
        var behind = user(spec, tenant.serverUser());
        node.put("server_username", behind.nameAtServer());
        node.putObject("server_password")
                .put("file", atServer(behind, Objects.requireNonNull(behind.secretAtServer())));
    }

    private String host(ServerSpec server) {
        var service = server.serviceRef();
        return service == null
                ? Objects.requireNonNull(server.host())
                : service.name() + "." + Objects.requireNonNull(place.serviceDomain());
    }

    private ServerSpec server(String name) {
        return spec.servers().stream()
                .filter(candidate -> candidate.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static String bracketed(String host) {
        return host.contains(":") ? "[" + host + "]" : host;
    }

    private static void role(ObjectNode pool, ServerSpec server) {
        var role = server.role();
        if (role == null) {
            return;
        }
        switch (role) {
            case Any -> {}
            case Primary -> pool.put("target_session_attrs", "primary");
            case Replica -> pool.put("target_session_attrs", "standby");
        }
    }

    /// What the spec has no field for, laid over last; the rules have refused what is written above.
    private void extra(ObjectNode root) {
        var extra = spec.extraConfig();
        if (extra == null) {
            return;
        }
        extra.path("general")
                .properties()
                .forEach(key -> ((ObjectNode) root.path("general")).set(key.getKey(), key.getValue()));
        PoolOf.all(spec)
                .forEach(pool -> extra.path("pools")
                        .path(pool.database().name())
                        .properties()
                        .forEach(key ->
                                ((ObjectNode) root.path("pools").path(pool.name())).set(key.getKey(), key.getValue())));
    }

    private static String word(PoolMode mode) {
        return switch (mode) {
            case Transaction -> "transaction";
            case Session -> "session";
        };
    }

    private void user(ObjectNode node, DatabaseSpec database, UserSpec user) {
        var own = user.secretRef();
        var previous = user.previousSecretRef();
        var size = user.poolSize();
        node.put("username", user.name());
        if (own == null) {
            node.put("password", "");
        } else {
            node.putObject("password").put("file", secrets.password(user.name(), own));
        }
        if (previous != null) {
            node.putObject("previous_password").put("file", secrets.password("previous", user.name(), previous));
        }
        node.put("pool_size", size == null ? database.poolSize() : size.intValue())
                .put("min_pool_size", database.minPoolSize());
        var login = user.secretAtServer();
        if (login != null && secrets.value(login).kind() == SecretValue.Kind.PLAIN) {
            // Without a plain password the pooler passes on what the client proved.
            node.put("server_username", user.nameAtServer());
            node.putObject("server_password").put("file", atServer(user, login));
        }
    }

    private String atServer(UserSpec user, SecretRef login) {
        return login.equals(user.secretRef())
                ? secrets.password(user.name(), login)
                : secrets.password("server", user.name(), login);
    }

    static String millis(String duration) {
        return GoDuration.parse(duration).toMillis() + "ms";
    }

    /// Of what a running process cannot take: it is also in the template of pods, so that they are replaced.
    private String bootHash() {
        var values = place.listenHost() + " " + spec.port() + " " + place.webHost() + " " + place.webPort() + " "
                + spec.eventLoops() + (spec.readOnlyService().enabled() ? " " + Place.POD_READ_ONLY_PORT : "");
        try {
            var digest = MessageDigest.getInstance("SHA-256").digest(values.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static String write(ObjectNode root) {
        try {
            return YAML.writeValueAsString(root);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of plain values can be written", e);
        }
    }
}
