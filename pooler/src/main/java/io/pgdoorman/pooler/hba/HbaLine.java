package io.pgdoorman.pooler.hba;

import java.util.List;

/// A line that says something, as words.
///
/// @param file where it stands
/// @param number counts from 1
record HbaLine(String file, int number, List<List<HbaToken>> fields) {
    HbaFault fault(String message) {
        return new HbaFault(file, number, message);
    }

    /// The words of a field.
    List<HbaToken> field(int index, String what) throws HbaSyntax {
        if (index >= fields.size()) {
            throw new HbaSyntax("end-of-line before " + what);
        }
        return fields.get(index);
    }

    /// The only word of a field.
    HbaToken single(int index, String what, String whatOfMany) throws HbaSyntax {
        List<HbaToken> tokens = field(index, what);
        if (tokens.size() > 1) {
            throw new HbaSyntax("multiple values specified for " + whatOfMany);
        }
        return tokens.getFirst();
    }
}
