package io.pgdoorman.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.InetSocketAddress;
import java.util.stream.StreamSupport;

/// How clients on this machine reach a Service: by its cluster address where that is routed (as in our own
/// cluster), or, with `E2E_NODE_PORTS`, by a port of a node, through a second Service that selects the same
/// pods.
final class Reach {

    private Reach() {}

    static InetSocketAddress service(Kubectl kubectl, String name) {
        var service = kubectl.get("service", name).orElseThrow(() -> new AssertionError("no service/" + name));
        var port = service.at("/spec/ports/0");
        if (System.getenv("E2E_NODE_PORTS") == null) {
            return InetSocketAddress.createUnresolved(
                    service.at("/spec/clusterIP").asText(), port.path("port").asInt());
        }
        kubectl.apply("""
            apiVersion: v1
            kind: Service
            metadata: {name: %s-outside}
            spec: {type: NodePort, selector: %s, ports: [{port: %d, targetPort: %s}]}
            """.formatted(
                        name, service.at("/spec/selector"), port.path("port").asInt(), port.path("targetPort")));
        var outside = kubectl.get("service", name + "-outside").orElseThrow();
        return InetSocketAddress.createUnresolved(
                nodeAddress(kubectl), outside.at("/spec/ports/0/nodePort").asInt());
    }

    private static String nodeAddress(Kubectl kubectl) {
        return kubectl.in("").list("nodes", "").stream()
                .flatMap(node ->
                        StreamSupport.stream(node.at("/status/addresses").spliterator(), false))
                .filter(address -> address.path("type").asText().equals("InternalIP"))
                .map((JsonNode address) -> address.path("address").asText())
                .findFirst()
                .orElseThrow(() -> new AssertionError("no node has an address"));
    }
}
