package io.pgdoorman.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// The images under test, built from the repository's Dockerfiles, and the PostgreSQL of the tests.
final class Images {

    static final String POOLER = "pgdoorman/pooler:dev";
    static final String POOLER_NEXT = "pgdoorman/pooler:dev2";
    static final String OPERATOR = "pgdoorman/operator:dev";
    static final String POSTGRES = "pgdoorman/e2e-postgres:dev";

    private static final Duration LIMIT = Duration.ofMinutes(10);

    /// The programs need C++'s libraries, which the image of a Java runtime may lack; psql is this machine's.
    private static final String UNPACK = """
        cd "$CONTEXT"
        chmod 755 start
        rm -rf pgsql
        mkdir pgsql
        tar -C pgsql -xJf pgsql.txz
        ldd pgsql/bin/initdb | awk '/libstdc|libgcc_s/ {print $3}' | xargs cp -Lt pgsql/lib
        rm -rf psql
        mkdir -p psql/lib
        for program in /usr/lib/postgresql/*/bin/psql /usr/bin/psql; do test ! -x "$program" || break; done
        cp -L "$program" psql/program
        ldd "$program" | awk '$2 == "=>" && !/lib(c|m|resolv)[.]so/ {print $3}' | xargs cp -Lt psql/lib
        printf '#!/bin/sh\\nLD_LIBRARY_PATH=/opt/psql/lib exec /opt/psql/program "$@"\\n' >psql/psql
        chmod 755 psql/psql psql/program
        """;

    private final Path root;
    private final Path work;

    /// @param work where archives and build contexts are laid
    Images(Path root, Path work) {
        this.root = root;
        this.work = work;
    }

    /// Builds all images; answers their archives.
    List<Path> build() {
        images("base");
        var archives = new ArrayList<Path>();
        archives.add(build(POSTGRES, postgresContext(), work.resolve("postgres/Dockerfile")));
        archives.add(build(POOLER, root, root.resolve("Dockerfile.pooler")));
        archives.add(build(OPERATOR, root, root.resolve("Dockerfile.operator")));
        // The same files under another name: for Kubernetes a new image, for us a roll without another build.
        archives.add(build(POOLER_NEXT, root, root.resolve("Dockerfile.pooler")));
        return archives;
    }

    private Path build(String tag, Path context, Path file) {
        Progress.say("building image " + tag);
        var archive = work.resolve(tag.replaceAll("[/:]", "-") + ".tar");
        images("build", tag, archive.toString(), context.toString(), "-f", file.toString());
        return archive;
    }

    private void images(String... words) {
        var all = new ArrayList<>(List.of(root.resolve("e2e/cluster/images").toString()));
        all.addAll(List.of(words));
        Command.of(all).within(LIMIT).succeed();
    }

    private Path postgresContext() {
        var context = work.resolve("postgres");
        Cluster.createFolder(context);
        try {
            copy("/postgres/Dockerfile", context.resolve("Dockerfile"));
            copy("/postgres/start", context.resolve("start"));
            copy("/postgres-linux-x86_64.txz", context.resolve("pgsql.txz"));
            Workload.pack(context.resolve("client"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Command.of("sh", "-ec", UNPACK)
                .with(Map.of("CONTEXT", context.toString()))
                .succeed();
        return context;
    }

    private static void copy(String resource, Path to) throws IOException {
        try (InputStream in = Objects.requireNonNull(Images.class.getResourceAsStream(resource), resource)) {
            Files.copy(in, to, StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
