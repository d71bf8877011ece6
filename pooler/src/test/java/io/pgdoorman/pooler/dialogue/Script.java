package io.pgdoorman.pooler.dialogue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// A dialogue of some clients, and what the pooler must be like for it.
///
/// @param name topic and title, as in `portals/rows-in-parts`
/// @param headers what stands before the steps
record Script(String name, Map<String, String> headers, List<Step> steps) {
    /// How the pooler lends servers.
    enum Mode {
        TRANSACTION,
        SESSION;

        @Override
        public String toString() {
            return this == TRANSACTION ? "transaction" : "session";
        }
    }

    /// In which modes it is played; all unless it says otherwise.
    boolean isFor(Mode mode) {
        return headers.getOrDefault("modes", "transaction session").contains(mode.toString());
    }

    /// Why the pooler answers otherwise than PostgreSQL on purpose, if it does.
    Optional<String> differs(Mode mode) {
        return Optional.ofNullable(headers.getOrDefault("expect-differs", headers.get("expect-differs " + mode)));
    }

    /// Why it is not cut into pieces, if so.
    Optional<String> wholeOnly() {
        return Optional.ofNullable(headers.get("whole-only"));
    }

    /// Servers in the pool of each user in transaction mode.
    int servers() {
        return Integer.parseInt(headers.getOrDefault("servers", "1"));
    }

    /// Settings of the section `general` that differ from the usual.
    Map<String, String> settings() {
        return headers.entrySet().stream()
                .filter(header -> header.getKey().startsWith("setting "))
                .collect(Collectors.toMap(
                        header -> header.getKey().substring("setting ".length()), Map.Entry::getValue));
    }

    /// The same clients with other steps.
    Script with(List<Step> others) {
        return new Script(name, headers, others);
    }

    /// As it stands in a file.
    String text() {
        return steps.stream().map(Step::text).collect(Collectors.joining("\n"));
    }

    @Override
    public String toString() {
        return name;
    }
}
