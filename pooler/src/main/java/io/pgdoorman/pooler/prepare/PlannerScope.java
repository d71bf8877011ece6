package io.pgdoorman.pooler.prepare;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// The settings that decide what a statement's text means, as one number: only clients that agree on them share a
/// prepared statement.
///
/// PostgreSQL looks up tables by `search_path`, and reads literals such as `'1/2/2025'::date` by `DateStyle`, when it
/// analyses a Parse. A collision of two numbers shares what should not be shared; PostgreSQL then analyses anew, or
/// refuses a changed result.
public final class PlannerScope {
    /// No settings of one's own.
    public static final long NONE = 0;

    private static final Set<String> RELEVANT = Set.of(
            "search_path",
            "role",
            "session_authorization",
            "datestyle",
            "timezone",
            "intervalstyle",
            "client_encoding",
            "default_transaction_isolation",
            "default_transaction_read_only",
            "default_text_search_config",
            "standard_conforming_strings",
            "backslash_quote",
            "array_nulls",
            "transform_null_equals",
            "xmloption",
            "lc_monetary");

    /// What a SET of one of them has in its text: SQL has its own words for some.
    private static final List<String> WORDS = List.of(
            "search_path",
            "schema",
            "role",
            "authorization",
            "datestyle",
            "timezone",
            "time zone",
            "intervalstyle",
            "encoding",
            "names",
            "default_t",
            "conforming",
            "backslash_quote",
            "array_nulls",
            "transform_null",
            "xmloption",
            "xml option",
            "lc_monetary");

    private static final long PRIME = 0x100000001b3L;
    private static final long SEED = 0xcbf29ce484222325L;

    private PlannerScope() {}

    /// The scope of a session with these settings.
    public static long of(Map<String, String> settings) {
        long scope = NONE;
        for (var setting : settings.entrySet()) {
            var name = setting.getKey().toLowerCase(Locale.ROOT);
            if (RELEVANT.contains(name)) {
                scope = mix(mix(scope, bytes(name)), bytes(setting.getValue()));
            }
        }
        return scope;
    }

    /// The scope after this text, which sets something, ran in `scope`; the same when it sets nothing of relevance.
    public static long after(long scope, ByteBuf in, int from, int end) {
        var text = in.toString(from, end - from, StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT);
        return WORDS.stream().anyMatch(text::contains) ? mix(scope, bytes(text)) : scope;
    }

    /// The scope of a text that names this statement: to others the name may mean another.
    public static long naming(long scope, Statement named) {
        return mix(scope, named.name());
    }

    /// FNV-1a.
    private static long mix(long scope, byte[] bytes) {
        long mixed = scope ^ SEED;
        for (byte one : bytes) {
            mixed = (mixed ^ (one & 0xff)) * PRIME;
        }
        return mixed * PRIME;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
