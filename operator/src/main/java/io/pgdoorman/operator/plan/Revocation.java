package io.pgdoorman.operator.plan;

import io.pgdoorman.operator.child.ConfigVersion;
import io.pgdoorman.operator.child.StoredConfig;
import io.pgdoorman.operator.observe.Observation.Access;
import io.pgdoorman.operator.observe.PodView;
import io.pgdoorman.operator.plan.Standing.Kind;
import io.pgdoorman.operator.podlink.PodLink.State;
import io.pgdoorman.operator.render.ConfigText;
import io.pgdoorman.operator.render.Renderer;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Takes tenants out of configurations that stay in use: neither a spec that is wrong nor a configuration that is gone
/// back to may let in who was revoked.
final class Revocation {

    private Revocation() {}

    static StoredConfig without(StoredConfig stored, Set<String> users, Instant now) {
        if (users.isEmpty()) {
            return stored;
        }
        var current = Objects.requireNonNull(without(stored.current(), users));
        var isSame = current.hash().equals(stored.current().hash());
        return new StoredConfig(
                current,
                stored.generation(),
                without(stored.lastGood(), users),
                stored.rejected(),
                isSame ? stored.writtenAt() : now,
                stored.shares());
    }

    private static @Nullable ConfigVersion without(@Nullable ConfigVersion version, Set<String> users) {
        if (version == null) {
            return null;
        }
        var rest = Renderer.without(new ConfigText(version.text(), version.hash()), users);
        return new ConfigVersion(rest.text(), rest.hash(), version.bootHash());
    }

    /// Users made for claims that are in a configuration in use and granted no more.
    static Set<String> gone(StoredConfig stored, Access access) {
        var users = new TreeSet<>(Renderer.tenants(stored.current().text()));
        if (stored.lastGood() != null) {
            users.addAll(Renderer.tenants(stored.lastGood().text()));
        }
        users.removeAll(access.passwords().keySet());
        return users;
    }

    /// What is told to pods that load nothing any more: those that leave, and those of an older template.
    static Stream<Step> orders(List<Standing> pods, Set<String> gone) {
        return gone.isEmpty()
                ? Stream.of()
                : pods.stream()
                        .filter(Revocation::loadsNoMore)
                        .map(Standing::pod)
                        .flatMap(pod -> order(pod, gone));
    }

    private static Stream<Step> order(PodView pod, Set<String> gone) {
        if (!(pod.answer() instanceof State state)) {
            return Stream.of();
        }
        var ip = Objects.requireNonNull(pod.ip());
        if (state.revoked() == null) {
            return state.clients() == 0 ? Stream.of() : Stream.of(new Step.Expel(pod.name(), ip, gone));
        }
        return state.revoked().containsAll(gone) ? Stream.of() : Stream.of(new Step.Revoke(pod.name(), ip, gone));
    }

    /// Whether a pod may serve those whom no configuration has any more.
    static boolean loadsNoMore(Standing pod) {
        return pod.kind() == Kind.TERMINATING || pod.kind() == Kind.TO_BE_REPLACED;
    }

    /// Whether a configuration in use has this user.
    static boolean isIn(@Nullable StoredConfig stored, String user) {
        var lastGood = stored == null ? null : stored.lastGood();
        return stored != null && (has(stored.current(), user) || (lastGood != null && has(lastGood, user)));
    }

    private static boolean has(ConfigVersion version, String user) {
        return version.text().contains("username: \"" + user + "\"");
    }
}
