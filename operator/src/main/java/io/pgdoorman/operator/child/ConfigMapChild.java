package io.pgdoorman.operator.child;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.child.StoredConfig.Rejection;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The ConfigMap: the pooler's files, and in its annotations what the operator must remember.
public final class ConfigMapChild {

    private static final String CONFIG = "pgdoorman.yaml";
    private static final String LAST_GOOD = "last-good.yaml";
    private static final String META = "meta.json";
    private static final String APPROVED = "approved-spec.json";
    private static final String STATE = "pgdoorman.io/state";
    private static final ObjectMapper JSON = new ObjectMapper();

    private ConfigMapChild() {}

    /// The object that says `stored`.
    ///
    /// @param approved the part of the spec that it was made from ([io.pgdoorman.operator.api.v1alpha1.Gated])
    /// @param unattended connections of a pod that nobody lets in, null for its share
    public static ConfigMap of(
            DoormanPool pool, StoredConfig stored, @Nullable String approved, @Nullable Integer unattended) {
        var data = new TreeMap<String, String>();
        data.put(CONFIG, stored.current().text());
        var meta = JSON.createObjectNode()
                .put("generation", stored.generation())
                .put("hash", stored.current().hash());
        if (pool.getSpec().budget().maxServerConnections() != null) {
            // Not in the configuration, which an older pooler would refuse.
            meta.put("unattendedSeconds", DeploymentChild.unattendedSeconds(pool));
            if (unattended != null) {
                meta.put("unattendedConnections", unattended);
            }
        }
        data.put(META, meta.toString());
        if (stored.lastGood() != null) {
            data.put(LAST_GOOD, stored.lastGood().text());
        }
        if (approved != null) {
            data.put(APPROVED, approved);
        }
        return new ConfigMapBuilder()
                .withMetadata(Names.meta(pool, Names.config(pool), Map.of(STATE, state(stored))))
                .withData(data)
                .build();
    }

    /// The part of the spec that reached pods last, null if nothing did.
    public static @Nullable String approved(@Nullable ConfigMap object) {
        return object == null || object.getData() == null
                ? null
                : object.getData().get(APPROVED);
    }

    private static String state(StoredConfig stored) {
        var state = JSON.createObjectNode()
                .put("bootHash", stored.current().bootHash())
                .put("writtenAt", stored.writtenAt().toString());
        var lastGood = stored.lastGood();
        if (lastGood != null) {
            state.putObject("lastGood").put("hash", lastGood.hash()).put("bootHash", lastGood.bootHash());
        }
        var rejected = stored.rejected();
        if (rejected != null) {
            state.putObject("rejected")
                    .put("hash", rejected.hash())
                    .put("pod", rejected.pod())
                    .put("faults", rejected.faults())
                    .put("times", rejected.times())
                    .put("at", rejected.at().toString())
                    .put("again", rejected.isTriedAgain());
        }
        if (!stored.shares().isEmpty()) {
            var shares = state.putObject("shares");
            stored.shares().forEach(shares::put);
        }
        return state.toString();
    }

    private static Map<String, Integer> shares(JsonNode state) {
        var shares = new LinkedHashMap<String, Integer>();
        state.properties()
                .forEach(share -> shares.put(share.getKey(), share.getValue().asInt(Integer.MAX_VALUE)));
        return shares;
    }

    /// What an object says; null if somebody made it unreadable, then it is written anew.
    public static @Nullable StoredConfig read(ConfigMap object) {
        var data = object.getData();
        var annotation = Names.annotation(object, STATE);
        if (data == null || annotation == null || data.get(CONFIG) == null || data.get(META) == null) {
            return null;
        }
        try {
            var meta = JSON.readTree(data.get(META));
            var state = JSON.readTree(annotation);
            var current = new ConfigVersion(
                    data.get(CONFIG),
                    meta.path("hash").asText(),
                    state.path("bootHash").asText());
            return new StoredConfig(
                    current,
                    meta.path("generation").asLong(),
                    lastGood(data.get(LAST_GOOD), state.path("lastGood")),
                    rejected(state.path("rejected")),
                    Instant.parse(state.path("writtenAt").asText()),
                    shares(state.path("shares")));
        } catch (JsonProcessingException | DateTimeParseException _) {
            return null;
        }
    }

    private static @Nullable ConfigVersion lastGood(@Nullable String text, JsonNode state) {
        return text == null || !state.isObject()
                ? null
                : new ConfigVersion(
                        text,
                        state.path("hash").asText(),
                        state.path("bootHash").asText());
    }

    private static @Nullable Rejection rejected(JsonNode state) {
        return state.isObject()
                ? new Rejection(
                        state.path("hash").asText(),
                        state.path("pod").asText(),
                        state.path("faults").asText(),
                        state.path("times").asInt(),
                        Instant.parse(state.path("at").asText(Instant.EPOCH.toString())),
                        state.path("again").asBoolean())
                : null;
    }
}
