package io.pgdoorman.config.tree;

import java.util.ArrayList;
import java.util.List;

/// Collects everything that is wrong with a file, so that all of it can be reported at once; used by one reader.
public final class Problems {

    /// One remark about a place.
    public record Problem(Place place, String message) {}

    /// More than this helps nobody and lets a hostile file fill a log.
    private static final int MOST = 200;

    private final List<Problem> faults = new ArrayList<>();
    private final List<Problem> warnings = new ArrayList<>();

    /// Something that makes the file invalid.
    public void refuse(Place place, String message) {
        add(faults, place, message);
    }

    /// Something a person should know; the file stays valid.
    public void warn(Place place, String message) {
        add(warnings, place, message);
    }

    private static void add(List<Problem> list, Place place, String message) {
        if (list.size() < MOST) {
            list.add(new Problem(place, message));
        } else if (list.size() == MOST) {
            list.add(new Problem(
                    new Place(place.file(), "", null), "more than " + MOST + " problems, the rest is left out"));
        }
    }

    public List<Problem> faults() {
        return List.copyOf(faults);
    }

    public List<Problem> warnings() {
        return List.copyOf(warnings);
    }

    public boolean isFaulty() {
        return !faults.isEmpty();
    }
}
