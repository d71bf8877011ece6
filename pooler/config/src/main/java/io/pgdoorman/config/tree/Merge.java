package io.pgdoorman.config.tree;

import java.util.LinkedHashMap;

/// Lays one file over another: maps are merged key by key, anything else is replaced, nulls leave what was there.
public final class Merge {

    private Merge() {}

    /// The later file's values win and keep their own places.
    public static Node.Fields over(Node.Fields base, Node.Fields later) {
        var fields = new LinkedHashMap<>(base.fields());
        later.fields().forEach((key, value) -> {
            var before = fields.get(key);
            if (before instanceof Node.Fields old && value instanceof Node.Fields now) {
                fields.put(key, over(old, now));
            } else if (before == null || !value.isNull()) {
                fields.put(key, value);
            }
        });
        return new Node.Fields(base.place(), fields);
    }
}
