package io.pgdoorman.operator.render;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pgdoorman.operator.api.v1alpha1.DrainSpec;

/// How a pod lets its clients go. What nobody chose is left to the pooler, so that an older one can read the file.
final class DrainText {

    private DrainText() {}

    static void put(ObjectNode general, DrainSpec drain) {
        general.put("shutdown_timeout", Renderer.millis(drain.timeout()));
        var spread = drain.reconnectSpread();
        if (spread != null) {
            general.put("shutdown_spread", Renderer.millis(spread));
        }
        switch (drain.boundary()) {
            case Transaction -> {}
            case Session -> general.put("shutdown_boundary", "session");
        }
        switch (drain.onTimeout()) {
            case Terminate -> {}
            case Wait -> general.put("shutdown_on_timeout", "wait");
        }
    }
}
