package io.pgdoorman.pooler.hba;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The files that rules refer to.
public interface HbaFiles {
    /// The real ones.
    HbaFiles DISK = new HbaFiles() {
        @Override
        public String read(Path file) throws IOException {
            return Files.readString(file);
        }

        @Override
        public List<Path> list(Path folder) throws IOException {
            try (var files = Files.list(folder)) {
                return files.filter(Files::isRegularFile).toList();
            }
        }
    };

    /// The text of a file.
    String read(Path file) throws IOException;

    /// The files of a folder, in any order.
    List<Path> list(Path folder) throws IOException;
}
