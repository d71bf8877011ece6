package io.pgdoorman.pooler.reload;

import io.pgdoorman.config.read.Fault;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;

/// There is no configuration to start with.
public final class InvalidConfigException extends IOException {
    private static final long serialVersionUID = 1;

    private final transient List<Fault> faults;

    InvalidConfigException(List<Fault> faults) {
        super(faults.stream().map(Fault::toString).collect(Collectors.joining("\n")));
        this.faults = List.copyOf(faults);
    }

    public List<Fault> faults() {
        return faults;
    }
}
