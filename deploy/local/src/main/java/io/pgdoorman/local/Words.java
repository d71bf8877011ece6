package io.pgdoorman.local;

import java.nio.file.FileSystemException;

/// What an exception says, as part of a line for people.
final class Words {

    private Words() {}

    static String of(Throwable e) {
        var text = e instanceof FileSystemException file && file.getReason() != null
                ? file.getFile() + ": " + file.getReason()
                : e.getMessage();
        return text == null ? e.toString() : text.strip().replaceAll("\\s*\\R\\s*", " ");
    }
}
