package io.pgdoorman.pooler.dialogue;

import io.pgdoorman.pooler.dialogue.Action.Deed;
import io.pgdoorman.pooler.dialogue.Action.Demand;
import io.pgdoorman.pooler.dialogue.Action.Hear;
import io.pgdoorman.pooler.dialogue.Action.Kind;
import io.pgdoorman.pooler.dialogue.Action.Say;
import io.pgdoorman.pooler.dialogue.Action.Until;
import java.util.List;

/// What the words of a script mean; the README beside the scripts lists them.
final class Verbs {
    private Verbs() {}

    /// The action that a part of a line tells.
    static Action action(String part) {
        var words = Word.of(part);
        String verb = words.getFirst().text();
        var rest = words.subList(1, words.size());
        return switch (verb) {
            case "ready" -> new Hear(part, Until.READY, number(rest, 0, 1), "");
            case "receive" -> new Hear(part, Until.COUNT, number(rest, 0, 1), "");
            case "until" -> new Hear(part, Until.TAG, 0, rest.getFirst().text());
            case "ready-of" -> new Hear(part, Until.READY_OF, 0, rest.getFirst().text());
            case "closed" -> new Hear(part, Until.CLOSED, 0, "");
            case "byte" -> new Hear(part, Until.BYTE, 0, "");
            case "says" -> new Demand(part, rest.getFirst().text(), true);
            case "says-not" -> new Demand(part, rest.getFirst().text(), false);
            case "login" -> new Deed(part, Kind.LOGIN, rest);
            case "connect" -> new Deed(part, Kind.CONNECT, rest);
            case "close-socket" -> new Deed(part, Kind.CLOSE, rest);
            case "vanish" -> new Deed(part, Kind.VANISH, rest);
            case "half-close" -> new Deed(part, Kind.HALF_CLOSE, rest);
            case "cancel" -> new Deed(part, Kind.CANCEL, rest);
            case "does" -> new Deed(part, Kind.DOES, rest);
            case "waits" -> new Deed(part, Kind.WAITS, rest);
            default -> new Say(part, message(verb, rest));
        };
    }

    private static byte[] message(String verb, List<Word> rest) {
        return switch (verb) {
            case "query" -> new Bytes().string(rest.getFirst()).framed('Q');
            case "parse" -> parse(rest);
            case "bind" -> bind(rest);
            case "describe" -> target(rest).framed('D');
            case "close" -> target(rest).framed('C');
            case "execute" ->
                new Bytes().string(at(rest, 0)).int32(number(rest, 1, 0)).framed('E');
            case "flush" -> new Bytes().framed('H');
            case "sync" -> new Bytes().framed('S');
            case "terminate" -> new Bytes().framed('X');
            case "copy-data" -> new Bytes().raw(rest.getFirst().bytes()).framed('d');
            case "copy-done" -> new Bytes().framed('c');
            case "copy-fail" -> new Bytes().string(rest.getFirst()).framed('f');
            case "call" -> call(rest);
            case "startup" -> startup(rest);
            case "password" -> new Bytes().raw(rest.getFirst().bytes()).framed('p');
            case "message" ->
                new Bytes()
                        .raw(at(rest, 1).bytes())
                        .framed(rest.getFirst().text().charAt(0));
            case "raw" -> rest.getFirst().bytes();
            default -> throw new IllegalArgumentException("unknown verb " + verb);
        };
    }

    /// `parse NAME SQL [OID…]`.
    private static byte[] parse(List<Word> rest) {
        var body = new Bytes().string(at(rest, 0)).string(at(rest, 1)).int16(rest.size() - 2);
        rest.subList(2, rest.size()).forEach(type -> body.int32(Integer.parseUnsignedInt(type.text())));
        return body.framed('P');
    }

    /// `bind [portal=P] STATEMENT [params=F,…] [results=F,…] [VALUE…]`.
    private static byte[] bind(List<Word> rest) {
        var options = new Options(rest);
        var values = options.others.subList(1, options.others.size());
        return new Bytes()
                .string(options.portal)
                .string(at(options.others, 0))
                .formats(options.params)
                .values(values)
                .formats(options.results)
                .framed('B');
    }

    /// `call OID [params=F,…] [results=F] [VALUE…]`.
    private static byte[] call(List<Word> rest) {
        var options = new Options(rest);
        var values = options.others.subList(1, options.others.size());
        return new Bytes()
                .int32(options.others.getFirst().number())
                .formats(options.params)
                .values(values)
                .int16(options.results.length == 0 ? 0 : options.results[0])
                .framed('F');
    }

    /// `describe|close statement|portal NAME`.
    private static Bytes target(List<Word> rest) {
        char kind = switch (rest.getFirst().text()) {
            case "statement" -> 'S';
            case "portal" -> 'P';
            default -> throw new IllegalArgumentException("statement or portal, not " + rest);
        };
        return new Bytes().int8(kind).string(at(rest, 1));
    }

    /// `startup [protocol=N] NAME=VALUE…`.
    private static byte[] startup(List<Word> rest) {
        var body = new Bytes();
        int protocol = 0x30000;
        for (var word : rest) {
            int equals = word.text().indexOf('=');
            String name = word.text().substring(0, equals);
            String value = word.text().substring(equals + 1);
            if (name.equals("protocol")) {
                protocol = Integer.decode(value);
            } else {
                body.string(name).string(value);
            }
        }
        return new Bytes().int32(protocol).raw(body.int8(0).bytes()).headless();
    }

    private static Word at(List<Word> rest, int index) {
        return index < rest.size() ? rest.get(index) : new Word("", new byte[0], true);
    }

    private static int number(List<Word> rest, int index, int otherwise) {
        return index < rest.size() ? rest.get(index).number() : otherwise;
    }

    /// The bare words `name=value` of a bind, apart from its other words.
    private static final class Options {
        private final List<Word> others;
        private String portal = "";
        private int[] params = {};
        private int[] results = {};

        Options(List<Word> words) {
            others = words.stream().filter(word -> !isOption(word)).toList();
        }

        private boolean isOption(Word word) {
            if (word.quoted() || !word.text().matches("(portal|params|results)=.*")) {
                return false;
            }
            String value = word.text().substring(word.text().indexOf('=') + 1);
            switch (word.text().charAt(2)) {
                case 'r' -> {
                    if (word.text().startsWith("portal")) {
                        portal = value;
                    } else {
                        params = numbers(value);
                    }
                }
                default -> results = numbers(value);
            }
            return true;
        }

        private static int[] numbers(String value) {
            return java.util.Arrays.stream(value.split(","))
                    .mapToInt(Integer::parseInt)
                    .toArray();
        }
    }
}
