package io.pgdoorman.pooler.hba;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;

/// One word of the database or user field of a rule.
sealed interface NameTest {
    /// A brace that begins no repetition: the library takes it for a character, PostgreSQL refuses it.
    Pattern OPEN_BRACE = Pattern.compile("(^|[^\\\\])\\{($|[^0-9]|[0-9]+($|[^0-9,}])|[0-9]+,[0-9]*($|[^0-9}]))");

    boolean fits(HbaRequest request, Surroundings surroundings);

    /// What a word of the database field stands for.
    static NameTest ofDatabase(HbaToken token) throws HbaSyntax {
        if (token.quoted()) {
            return ofName(token, Subject.DATABASE);
        }
        return switch (token.text()) {
            case "all" -> new NotPhysical(new Any());
            case "sameuser" -> new NotPhysical(new SameUser());
            case "samerole", "samegroup" -> new NotPhysical(new SameRole());
            case "replication" -> new Replication();
            default -> ofName(token, Subject.DATABASE);
        };
    }

    /// What a word of the user field stands for.
    static NameTest ofUser(HbaToken token) throws HbaSyntax {
        if (token.isKeyword("all")) {
            return new Any();
        }
        if (!token.quoted() && token.text().startsWith("+")) {
            return new MemberOf(token.text().substring(1));
        }
        return ofName(token, Subject.USER);
    }

    private static NameTest ofName(HbaToken token, Subject subject) throws HbaSyntax {
        NameTest test = token.text().startsWith("/")
                ? new Matching(expression(token.text().substring(1)), subject)
                : new Exactly(token.text(), subject);
        return subject == Subject.DATABASE ? new NotPhysical(test) : test;
    }

    /// In linear time, since the names come from clients that nobody knows yet. What PostgreSQL's
    /// expressions have beyond that (back references, looking ahead) is refused.
    static Pattern expression(String text) throws HbaSyntax {
        if (OPEN_BRACE.matcher(text).find()) {
            throw new HbaSyntax("invalid regular expression \"" + text + "\": braces {} not balanced");
        }
        try {
            return Pattern.compile(text, Pattern.DOTALL);
        } catch (PatternSyntaxException e) {
            throw new HbaSyntax("invalid regular expression \"" + text + "\": " + e.getDescription());
        }
    }

    /// Whose name is looked at.
    enum Subject {
        DATABASE,
        USER;

        String of(HbaRequest request) {
            return this == DATABASE ? request.database() : request.user();
        }
    }

    /// `all`.
    record Any() implements NameTest {
        @Override
        public boolean fits(HbaRequest request, Surroundings surroundings) {
            return true;
        }
    }

    /// `sameuser`.
    record SameUser() implements NameTest {
        @Override
        public boolean fits(HbaRequest request, Surroundings surroundings) {
            return request.database().equals(request.user());
        }
    }

    /// `samerole`: the user is a member of the role that is called like the database.
    record SameRole() implements NameTest {
        @Override
        public boolean fits(HbaRequest request, Surroundings surroundings) {
            return surroundings.isMember(request.user(), request.database());
        }
    }

    /// `replication`: a walsender without a database.
    record Replication() implements NameTest {
        @Override
        public boolean fits(HbaRequest request, Surroundings surroundings) {
            return request.physicalReplication();
        }
    }

    /// `+role`.
    record MemberOf(String role) implements NameTest {
        @Override
        public boolean fits(HbaRequest request, Surroundings surroundings) {
            return surroundings.isMember(request.user(), role);
        }
    }

    /// `/expression`, anywhere in the name.
    record Matching(Pattern expression, Subject subject) implements NameTest {
        @Override
        public boolean fits(HbaRequest request, Surroundings surroundings) {
            return expression.matcher(subject.of(request)).find();
        }
    }

    /// A name.
    record Exactly(String name, Subject subject) implements NameTest {
        @Override
        public boolean fits(HbaRequest request, Surroundings surroundings) {
            return subject.of(request).equals(name);
        }
    }

    /// All but `replication` in the database field: a walsender without a database has no name to compare.
    record NotPhysical(NameTest test) implements NameTest {
        @Override
        public boolean fits(HbaRequest request, Surroundings surroundings) {
            return !request.physicalReplication() && test.fits(request, surroundings);
        }
    }
}
