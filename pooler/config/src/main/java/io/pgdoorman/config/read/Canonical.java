package io.pgdoorman.config.read;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.pgdoorman.config.PoolConfig;
import io.pgdoorman.config.PoolerConfig;
import io.pgdoorman.config.UserConfig;
import io.pgdoorman.config.catalogue.AuthQuerySettings;
import io.pgdoorman.config.catalogue.GeneralSettings;
import io.pgdoorman.config.catalogue.PoolSettings;
import io.pgdoorman.config.catalogue.TalosSettings;
import io.pgdoorman.config.catalogue.TokenIssuerSettings;
import io.pgdoorman.config.catalogue.UserSettings;
import io.pgdoorman.config.catalogue.WebSettings;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// The one text for all files that mean the same: JSON with sorted keys, users by name, defaults and inherited values
/// filled in, and nothing that has no effect.
///
/// Keys that are newer than the first operator are left out while they are as if they were absent, so that the hash of
/// a file without them stays what it was: pools are run by poolers older and newer than their operator, and both sides
/// name a configuration by it. The keys of the beginning stay in it for the same reason; were they left out now, each
/// pooler that runs would know every file by another hash than its operator, and acknowledge none.
final class Canonical {

    private static final JsonFactory JSON = new JsonFactory();

    private static final String GENERAL = "general.";
    private static final String POOL = "the pool's ";

    private Canonical() {}

    static String text(PoolerConfig config) {
        var json = JsonNodeFactory.instance.objectNode();
        var general = GeneralSettings.S.whole(config.general());
        var above = Map.of(GENERAL, general);
        json.set("general", GeneralSettings.S.canonical(config.general(), above));
        json.set("web", WebSettings.S.canonical(config.web(), above));
        json.set("talos", TalosSettings.S.canonical(config.talos(), above));
        var issuers = json.putObject("token_issuers");
        config.tokens().forEach((name, issuer) -> issuers.set(name, TokenIssuerSettings.S.canonical(issuer, above)));
        var pools = json.putObject("pools");
        config.pools().forEach((name, pool) -> {
            var one = PoolSettings.S.canonical(pool, above);
            var users = one.putArray(PoolSettings.USERS);
            var aboveUsers = Map.of(GENERAL, general, POOL, PoolSettings.S.whole(pool));
            sorted(pool).forEach(user -> users.add(UserSettings.S.canonical(user, aboveUsers)));
            pool.authQuery()
                    .ifPresent(query -> one.set(PoolSettings.AUTH_QUERY, AuthQuerySettings.S.canonical(query, above)));
            pools.set(name, one);
        });
        return written(json);
    }

    /// As Jackson's mapper writes it, which would load three hundred classes for that: 4 MB of each pooler at rest.
    static String written(JsonNode tree) {
        var text = new StringWriter();
        try (var json = JSON.createGenerator(text)) {
            write(json, tree);
        } catch (IOException e) {
            throw new IllegalStateException("a tree of plain nodes is always writable", e);
        }
        return text.toString();
    }

    private static void write(JsonGenerator json, JsonNode node) throws IOException {
        switch (node.getNodeType()) {
            case OBJECT -> {
                json.writeStartObject();
                for (var field : names(node)) {
                    json.writeFieldName(field);
                    write(json, node.get(field));
                }
                json.writeEndObject();
            }
            case ARRAY -> {
                json.writeStartArray();
                for (var element : node) {
                    write(json, element);
                }
                json.writeEndArray();
            }
            case NUMBER -> number(json, node);
            case STRING -> json.writeString(node.textValue());
            case BOOLEAN -> json.writeBoolean(node.booleanValue());
            case NULL -> json.writeNull();
            case BINARY, MISSING, POJO -> throw new IllegalStateException(node.getNodeType() + " in a configuration");
        }
    }

    private static Set<String> names(JsonNode object) {
        var names = new TreeSet<String>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    private static void number(JsonGenerator json, JsonNode node) throws IOException {
        switch (node.numberType()) {
            case INT -> json.writeNumber(node.intValue());
            case LONG -> json.writeNumber(node.longValue());
            case BIG_INTEGER -> json.writeNumber(node.bigIntegerValue());
            case FLOAT -> json.writeNumber(node.floatValue());
            case DOUBLE -> json.writeNumber(node.doubleValue());
            case BIG_DECIMAL -> json.writeNumber(node.decimalValue());
        }
    }

    private static List<UserConfig> sorted(PoolConfig pool) {
        return pool.users().stream()
                .sorted(Comparator.comparing(UserConfig::username))
                .toList();
    }

    static String hash(String canonical) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(digest.digest(canonical.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
