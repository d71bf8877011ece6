package io.pgdoorman.bench;

import io.pgdoorman.pooler.auth.AuthException;
import io.pgdoorman.pooler.auth.ScramClient;
import io.pgdoorman.pooler.auth.ScramKeys;
import io.pgdoorman.pooler.auth.ScramServer;
import io.pgdoorman.pooler.auth.Verifier;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// What a login by SCRAM pays: the pooler's half towards the client, and its half towards PostgreSQL with keys that are
/// known. The two talk to each other here.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class Exchange {
    private final ScramKeys keys =
            ScramKeys.derive("pencil", "0123456789abcdef".getBytes(StandardCharsets.US_ASCII), 4096);
    private final Verifier.Scram verifier = keys.verifier();

    @Benchmark
    public ScramServer.Outcome bothHalves() throws AuthException {
        var server = new ScramServer(verifier, false);
        var client = ScramClient.withKeys(keys.clientKey(), verifier);
        var outcome = server.last(client.last(server.first(client.first())));
        if (!(outcome instanceof ScramServer.Accepted accepted)) {
            throw new IllegalStateException("the proof was rejected");
        }
        client.verify(accepted.serverFinal());
        return outcome;
    }
}
