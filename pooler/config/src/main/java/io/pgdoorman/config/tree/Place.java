package io.pgdoorman.config.tree;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Where a value stands: the file, the path of keys, and the line where the parser gives it.
public record Place(String file, String path, @Nullable Integer line) {

    private static final Pattern PLAIN_KEY = Pattern.compile("[A-Za-z0-9_<>-]+");

    /// The place of a value below a key.
    public Place child(String key, @Nullable Integer childLine) {
        var step = PLAIN_KEY.matcher(key).matches() ? key : "\"" + key + "\"";
        return new Place(file, path.isEmpty() ? step : path + "." + step, childLine);
    }

    /// This place, of a key that nobody knows.
    public Place ofUnknown(String key) {
        return PLAIN_KEY.matcher(key).matches()
                ? this
                : new Place(file, path.substring(0, path.length() - key.length() - 2) + "\"" + shown(key) + "\"", line);
    }

    /// An unknown key as an error may show it. It may be a key and its value in one, where the space after the colon is
    /// missing, and the value a password: so what does not read as a name is left out.
    public static String shown(String key) {
        var name = PLAIN_KEY.matcher(key);
        return name.matches() ? key : (name.lookingAt() ? name.group() : "") + "…";
    }

    /// The place of an item of a list.
    public Place item(int index, @Nullable Integer itemLine) {
        return new Place(file, path + "[" + index + "]", itemLine);
    }

    /// Where a missing key would have to stand.
    public Place missing(String key) {
        return child(key, line);
    }
}
