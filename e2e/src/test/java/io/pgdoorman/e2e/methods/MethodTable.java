package io.pgdoorman.e2e.methods;

import java.util.Arrays;
import java.util.stream.Collectors;

/// The table of drivers and methods as Markdown.
final class MethodTable {

    private static final String BEGIN = "<!-- methods: written by MethodsE2E -->";
    private static final String END = "<!-- end of methods -->";

    private MethodTable() {}

    static String text() {
        var methods = Arrays.stream(Method.values()).map(Method::title).collect(Collectors.joining(" | "));
        var rows = Arrays.stream(Caller.values())
                .map(caller -> "| %s | %s |\n".formatted(caller.title(), cells(caller)))
                .collect(Collectors.joining());
        return "| | %s |\n| --- |%s\n%s".formatted(methods, " --- |".repeat(Method.values().length), rows);
    }

    private static String cells(Caller caller) {
        return Arrays.stream(Method.values())
                .map(method -> caller.cannot(method)
                        .map(reason -> "– (" + reason + ")")
                        .orElse("ok"))
                .collect(Collectors.joining(" | "));
    }

    /// A document with the table in its place.
    static String within(String document) {
        return document.substring(0, document.indexOf(BEGIN)) + BEGIN + "\n\n" + text() + "\n"
                + document.substring(document.indexOf(END));
    }
}
