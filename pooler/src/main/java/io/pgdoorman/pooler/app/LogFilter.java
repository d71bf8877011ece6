package io.pgdoorman.pooler.app;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import io.pgdoorman.pooler.admin.LogLevels;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Levels of the log while the process runs, written as PgDoorman writes them: `warn,relay=debug`.
///
/// A module is a room of the pooler or the full name of a logger. Guarded by its own lock.
final class LogFilter implements LogLevels {
    private static final String ROOMS = "io.pgdoorman.pooler.";
    private static final String DEFAULT = "default";
    private static final Map<String, Level> LEVELS = Map.of(
            "off", Level.OFF,
            "error", Level.ERROR,
            "warn", Level.WARN,
            "info", Level.INFO,
            "debug", Level.DEBUG,
            "trace", Level.TRACE);

    private final LoggerContext context;
    private final Level begun;
    private final Map<String, Level> modules = new TreeMap<>();

    LogFilter(LoggerContext context) {
        this.context = context;
        this.begun = root().getLevel();
    }

    @Override
    public synchronized String shown() {
        var single = modules.entrySet().stream()
                .map(module -> "," + module.getKey() + "=" + word(module.getValue()))
                .collect(Collectors.joining());
        return word(root().getLevel()) + single;
    }

    @Override
    public synchronized void set(String filter) {
        Level all = null;
        var single = new LinkedHashMap<String, Level>();
        for (var part : filter.split(",", -1)) {
            var sides = new ArrayList<String>();
            for (var side : part.split("=", -1)) {
                sides.add(side.strip());
            }
            if (sides.size() == 1 && all == null) {
                all = level(sides.getFirst());
            } else if (sides.size() == 2 && !sides.getFirst().isEmpty()) {
                single.put(sides.getFirst(), level(sides.getLast()));
            } else {
                throw unreadable(part);
            }
        }
        apply(all, single);
    }

    private void apply(@Nullable Level all, Map<String, Level> single) {
        modules.keySet().forEach(module -> logger(module).setLevel(null));
        modules.clear();
        if (all != null) {
            root().setLevel(all);
        }
        single.forEach((module, level) -> logger(module).setLevel(level));
        modules.putAll(single);
    }

    private Level level(String word) {
        var lower = word.toLowerCase(Locale.ROOT);
        var level = lower.equals(DEFAULT) ? begun : LEVELS.get(lower);
        if (level == null) {
            throw unreadable(word);
        }
        return level;
    }

    private static IllegalArgumentException unreadable(String part) {
        var shown = part.length() > 64 ? part.substring(0, 64) + "…" : part;
        return new IllegalArgumentException("\"" + shown
                + "\" is no log level: expected off, error, warn, info, debug, trace or default, and module=level for"
                + " single modules, separated by commas");
    }

    private Logger root() {
        return context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    }

    private Logger logger(String module) {
        return context.getLogger(module.contains(".") ? module : ROOMS + module);
    }

    private static String word(Level level) {
        return level.toString().toLowerCase(Locale.ROOT);
    }
}
