package io.pgdoorman.operator.render;

import io.pgdoorman.operator.api.v1alpha1.Problem;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What came of a spec.
public sealed interface Rendered {

    /// A configuration that the pooler will accept.
    ///
    /// @param text the file, in YAML
    /// @param hash as the pooler computes it
    /// @param bootHash of the values that only a new process can take
    /// @param share most connections to servers of one pod, null without a budget
    /// @param secrets file name to content: what the text refers to, the administrator's password not among them
    record Valid(
            String text,
            String hash,
            String bootHash,
            @Nullable Integer share,
            SortedMap<String, String> secrets) implements Rendered {
        public Valid {
            secrets = Collections.unmodifiableSortedMap(new TreeMap<>(secrets));
        }

        @Override
        public String toString() {
            return "Valid[" + hash + "]";
        }
    }

    /// A spec that cannot become a configuration, with all reasons.
    record Invalid(List<Problem> problems) implements Rendered {
        public Invalid {
            problems = List.copyOf(problems);
        }
    }
}
