package io.pgdoorman.local;

import java.io.BufferedInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/// PostgreSQL's programs, unpacked once from the Maven artifact that carries them.
final class Distribution {

    private static final String ARCHIVE = "/postgres-linux-x86_64.txz";
    private static final String COMPLETE = ".complete";

    private Distribution() {}

    /// Unpacks into `home` unless it was done before; a half-done one is done again.
    static void unpack(Path home) throws IOException {
        if (Files.exists(home.resolve(COMPLETE))) {
            return;
        }
        Files.createDirectories(home.getParent());
        var fresh = Files.createTempDirectory(home.getParent(), home.getFileName() + "-");
        try (var resource = Distribution.class.getResourceAsStream(ARCHIVE)) {
            if (resource == null) {
                throw new FileNotFoundException("no PostgreSQL for this machine on the class path: " + ARCHIVE);
            }
            var tar = new TarArchiveInputStream(new XZInputStream(new BufferedInputStream(resource)));
            for (var entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                unpack(tar, entry, fresh);
            }
        }
        Files.createFile(fresh.resolve(COMPLETE));
        Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rwxr-xr-x"));
        settle(fresh, home);
    }

    private static void unpack(TarArchiveInputStream tar, TarArchiveEntry entry, Path into) throws IOException {
        var target = into.resolve(entry.getName()).normalize();
        if (!target.startsWith(into)) {
            throw new IOException("entry outside of its archive: " + entry.getName());
        }
        if (entry.isDirectory()) {
            Files.createDirectories(target);
            return;
        }
        Files.createDirectories(target.getParent());
        if (entry.isSymbolicLink()) {
            Files.createSymbolicLink(target, Path.of(entry.getLinkName()));
            return;
        }
        Files.copy(tar, target, StandardCopyOption.REPLACE_EXISTING);
        if ((entry.getMode() & 0100) != 0) {
            Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }

    private static void settle(Path fresh, Path home) throws IOException {
        try {
            Files.move(fresh, home, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileAlreadyExistsException e) {
            throw e;
        } catch (FileSystemException e) {
            // Another start was quicker, or a half-done one is in the way.
            if (Files.exists(home.resolve(COMPLETE))) {
                Folders.delete(fresh);
                return;
            }
            Folders.delete(home);
            Files.move(fresh, home);
        }
    }
}
