package io.pgdoorman.operator.local;

import java.io.IOException;
import java.util.List;

/// Who wants to know what the local edge does; called on its thread.
public interface Observer {

    /// One line for a person.
    void says(String line);

    /// All pools, whenever one changed.
    void changed(List<PoolView> pools, List<String> table);

    /// A valid manifest, before any process gets it.
    void accepted(Accounts accounts) throws IOException;
}
