package io.pgdoorman.pooler.patroni;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.pgdoorman.pooler.server.ServerSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/// The answer to `GET /cluster` (Patroni manual, "Patroni REST API", Monitoring endpoint).
///
/// One member that cannot be understood is left out, and no reason to do without the others. `lag` is not looked at:
/// it is a number or a word, and as old as the answer.
final class ClusterText {
    /// A member takes some 300 bytes.
    static final int MAX_BYTES = 256 * 1024;

    /// More would be a storm of logins.
    static final int MOST_MEMBERS = 32;

    private static final Set<String> USABLE = Set.of("running", "streaming");

    /// Of a standby that is not to be used.
    private static final List<String> OFF_LIMITS = List.of("noloadbalance", "nofailover", "archive");

    /// Names and addresses only: a path would lead to a Unix socket of this machine.
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,252}|[0-9A-Fa-f:.]{2,45}");

    private static final int LONGEST_SHOWN = 80;

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxNestingDepth(20).build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private ClusterText() {}

    static Cluster parse(byte[] text) throws PatroniException {
        var listed = tree(text).path("members");
        if (!listed.isArray()) {
            throw new PatroniException("its answer is no cluster: expected an object with a list \"members\"");
        }
        if (listed.size() > MOST_MEMBERS) {
            throw new PatroniException(
                    "its answer has " + listed.size() + " members: expected at most " + MOST_MEMBERS);
        }
        if (listed.isEmpty()) {
            throw new PatroniException("its answer has no members: expected at least one");
        }
        var members = new ArrayList<Member>();
        var leftOut = new ArrayList<String>();
        for (var one : listed) {
            var name = shown(one.path("name"));
            try {
                members.add(member(name, one));
            } catch (PatroniException unusable) {
                leftOut.add(name + " (" + unusable.text() + ")");
            }
        }
        return new Cluster(members, leftOut);
    }

    private static JsonNode tree(byte[] text) throws PatroniException {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new PatroniException("its answer is not JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory", e);
        }
    }

    private static Member member(String name, JsonNode one) throws PatroniException {
        var state = one.path("state");
        if (!USABLE.contains(state.asText())) {
            throw new PatroniException("its state is " + shown(state));
        }
        var host = one.path("host");
        if (!host.isTextual() || !HOST.matcher(host.asText()).matches()) {
            throw new PatroniException("its host is " + shown(host) + ": expected a name or an address");
        }
        var port = one.path("port");
        if (!port.isIntegralNumber() || !port.canConvertToInt() || port.asInt() < 1 || port.asInt() > 65_535) {
            throw new PatroniException("its port is " + shown(port) + ": expected a number from 1 to 65535");
        }
        var role = Member.Role.of(one.path("role").asText());
        if (role != Member.Role.LEADER) {
            for (var tag : OFF_LIMITS) {
                if (isSet(one.path("tags").path(tag))) {
                    throw new PatroniException("it is tagged " + tag);
                }
            }
        }
        return new Member(name, new ServerSettings.Address(host.asText(), port.asInt()), role);
    }

    /// People write tags as booleans and as text.
    private static boolean isSet(JsonNode tag) {
        return tag.isTextual() ? tag.asText().equalsIgnoreCase("true") : tag.asBoolean();
    }

    /// What others wrote, fit for a line of a log.
    private static String shown(JsonNode value) {
        var text = value.isTextual() ? value.asText() : value.isMissingNode() ? "absent" : value.toString();
        var plain = text.replaceAll("\\p{Cntrl}", "?");
        return plain.length() <= LONGEST_SHOWN ? plain : plain.substring(0, LONGEST_SHOWN) + "…";
    }
}
