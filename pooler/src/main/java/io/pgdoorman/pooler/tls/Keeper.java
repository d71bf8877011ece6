package io.pgdoorman.pooler.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Something made of files, made anew when one of them changes: the last good one stays until the new files
/// are good.
///
/// Files are compared by what stands behind their links, with size and time, so that the swap of a symbolic
/// link by which Kubernetes delivers a Secret is seen at once. One thread.
public final class Keeper<T> {
    private final List<Path> files;
    private final Maker<T> maker;
    private List<String> seen;
    private T made;
    private @Nullable String fault;

    /// Makes it of the files as they are now.
    @FunctionalInterface
    public interface Maker<T> {
        T make() throws TlsException;
    }

    /// What a look at the files came to.
    public sealed interface Change<T> {
        /// They are as before, or they are faulty as before.
        record Same<T>() implements Change<T> {}

        /// Good new ones.
        record Renewed<T>(T made) implements Change<T> {}

        /// New ones that cannot be used; said once for each reason.
        record Refused<T>(String reason) implements Change<T> {}
    }

    /// @throws TlsException when the files are faulty the first time
    public Keeper(List<Path> files, Maker<T> maker) throws TlsException {
        this.files = List.copyOf(files);
        this.maker = maker;
        this.seen = looks();
        this.made = maker.make();
    }

    public T made() {
        return made;
    }

    /// Why the newest files are not in use; null when they are.
    public @Nullable String fault() {
        return fault;
    }

    /// Looks at the files; blocks.
    public Change<T> look() {
        var now = looks();
        if (now.equals(seen) && fault == null) {
            return new Change.Same<>();
        }
        try {
            made = maker.make();
            seen = now;
            fault = null;
            return new Change.Renewed<>(made);
        } catch (TlsException broken) {
            var before = fault;
            fault = broken.text();
            return Objects.equals(before, fault) ? new Change.Same<>() : new Change.Refused<>(broken.text());
        }
    }

    private List<String> looks() {
        return files.stream().map(Keeper::look).toList();
    }

    private static String look(Path file) {
        try {
            var real = file.toRealPath();
            var attributes = Files.readAttributes(real, BasicFileAttributes.class);
            return real + " " + attributes.size() + " " + attributes.lastModifiedTime() + " " + attributes.fileKey();
        } catch (IOException e) {
            return String.valueOf(e);
        }
    }
}
