package io.pgdoorman.config.change;

import io.pgdoorman.config.ChangeClass;
import org.jspecify.annotations.Nullable;

/// One difference between two configurations.
public sealed interface ConfigChange {

    /// Where in the file; users stand by name, as in `pools.shop.users[app]`.
    String path();

    ChangeClass changeClass();

    /// A value, as a person would write it, with secrets hidden; null where it is left out.
    record SettingChanged(
            String path,
            @Nullable String oldValue,
            @Nullable String newValue,
            ChangeClass changeClass) implements ConfigChange {}

    record PoolAdded(String pool) implements ConfigChange {
        @Override
        public String path() {
            return "pools." + pool;
        }

        @Override
        public ChangeClass changeClass() {
            return ChangeClass.HOT;
        }
    }

    record PoolRemoved(String pool) implements ConfigChange {
        @Override
        public String path() {
            return "pools." + pool;
        }

        @Override
        public ChangeClass changeClass() {
            return ChangeClass.HOT;
        }
    }

    record UserAdded(String pool, String user) implements ConfigChange {
        @Override
        public String path() {
            return "pools." + pool + ".users[" + user + "]";
        }

        @Override
        public ChangeClass changeClass() {
            return ChangeClass.HOT;
        }
    }

    record UserRemoved(String pool, String user) implements ConfigChange {
        @Override
        public String path() {
            return "pools." + pool + ".users[" + user + "]";
        }

        @Override
        public ChangeClass changeClass() {
            return ChangeClass.HOT;
        }
    }
}
