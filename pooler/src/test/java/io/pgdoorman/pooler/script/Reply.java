package io.pgdoorman.pooler.script;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One message of a backend; the body is kept as Latin-1 text, so that equal replies have equal bytes.
public record Reply(char tag, String body) {
    private static final Map<Character, String> NAMES = Map.ofEntries(
            Map.entry('1', "ParseComplete"),
            Map.entry('2', "BindComplete"),
            Map.entry('3', "CloseComplete"),
            Map.entry('A', "NotificationResponse"),
            Map.entry('C', "CommandComplete"),
            Map.entry('c', "CopyDone"),
            Map.entry('D', "DataRow"),
            Map.entry('d', "CopyData"),
            Map.entry('E', "ErrorResponse"),
            Map.entry('G', "CopyInResponse"),
            Map.entry('H', "CopyOutResponse"),
            Map.entry('I', "EmptyQueryResponse"),
            Map.entry('K', "BackendKeyData"),
            Map.entry('N', "NoticeResponse"),
            Map.entry('n', "NoData"),
            Map.entry('R', "Authentication"),
            Map.entry('S', "ParameterStatus"),
            Map.entry('s', "PortalSuspended"),
            Map.entry('T', "RowDescription"),
            Map.entry('t', "ParameterDescription"),
            Map.entry('V', "FunctionCallResponse"),
            Map.entry('v', "NegotiateProtocolVersion"),
            Map.entry('W', "CopyBothResponse"),
            Map.entry('Z', "ReadyForQuery"));

    /// The bytes of the body.
    public byte[] bytes() {
        return body.getBytes(StandardCharsets.ISO_8859_1);
    }

    /// The bytes of the body as text.
    public String text() {
        return new String(bytes(), StandardCharsets.UTF_8);
    }

    /// A field of an ErrorResponse or NoticeResponse by its code, empty if there is none.
    public String field(char code) {
        return Optional.ofNullable(fields().get(code)).orElse("");
    }

    /// Severity, SQLSTATE and message of an ErrorResponse or NoticeResponse, as in `FATAL 28P01 text`.
    public String error() {
        return field('V') + " " + field('C') + " " + field('M');
    }

    /// The SQLSTATE of an ErrorResponse.
    public String sqlState() {
        return field('C');
    }

    /// The first column of a DataRow.
    public String firstColumn() {
        return columns().getFirst();
    }

    /// The columns of a DataRow; empty for NULL.
    public List<String> columns() {
        var buffer = ByteBuffer.wrap(bytes());
        List<String> columns = new ArrayList<>();
        for (int left = buffer.getShort(); left > 0; left--) {
            byte[] value = new byte[Math.max(0, buffer.getInt())];
            buffer.get(value);
            columns.add(new String(value, StandardCharsets.UTF_8));
        }
        return columns;
    }

    @Override
    public String toString() {
        String name = NAMES.getOrDefault(tag, "Unknown '" + tag + "'");
        return switch (tag) {
            case 'E', 'N' -> name + fields();
            default -> body.isEmpty() ? name : name + "(" + printable() + ")";
        };
    }

    private Map<Character, String> fields() {
        Map<Character, String> fields = new LinkedHashMap<>();
        for (var field : text().split("\0")) {
            if (!field.isEmpty()) {
                fields.put(field.charAt(0), field.substring(1));
            }
        }
        return fields;
    }

    private String printable() {
        var shown = new StringBuilder();
        body.chars()
                .limit(400)
                .forEach(c -> shown.append(c >= 0x20 && c < 0x7f ? String.valueOf((char) c) : "\\%02x".formatted(c)));
        return body.length() > 400 ? shown + "... " + body.length() + " bytes" : shown.toString();
    }
}
