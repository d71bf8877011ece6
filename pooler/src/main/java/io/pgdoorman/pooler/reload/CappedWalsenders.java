package io.pgdoorman.pooler.reload;

import io.pgdoorman.pooler.client.Walsenders;
import io.pgdoorman.pooler.net.Loop;
import io.pgdoorman.pooler.pool.Pool;
import io.pgdoorman.pooler.server.ConnectFailure;
import io.pgdoorman.pooler.server.ServerConnection;
import io.pgdoorman.pooler.server.ServerConnector;
import io.pgdoorman.pooler.wire.PgError;
import java.util.Map;

/// Walsenders are in no pool, but each holds a permit of its database, as every server does that the pooler opens.
record CappedWalsenders(Pool<ServerConnection> pool, Walsenders source) implements Walsenders {
    @Override
    public void connect(Map<String, String> asked, Loop loop, ServerConnector.Callback callback) {
        pool.permit(new Pool.Outsider() {
            @Override
            public void granted(Runnable release) {
                source.connect(asked, loop, new Permitted(callback, release));
            }

            @Override
            public void denied(PgError why) {
                loop.run(() -> callback.failed(new ConnectFailure(why.asFatal(), true)));
            }
        });
    }

    private record Permitted(ServerConnector.Callback callback, Runnable release) implements ServerConnector.Callback {
        @Override
        public void connected(ServerConnection server) {
            server.onClosed(_ -> release.run());
            callback.connected(server);
        }

        @Override
        public void failed(ConnectFailure failure) {
            release.run();
            callback.failed(failure);
        }
    }
}
