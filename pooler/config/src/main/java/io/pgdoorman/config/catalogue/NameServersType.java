package io.pgdoorman.config.catalogue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.pgdoorman.config.ServerHost;
import io.pgdoorman.config.tree.Node;
import io.pgdoorman.config.tree.Problems;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A list of name servers, each an address; names would have to be resolved first.
final class NameServersType implements ValueType<List<ServerHost>> {

    private static final ValueType<List<ServerHost>> HOSTS = new HostsType();

    @Override
    public @Nullable List<ServerHost> parse(Node node, Problems problems) {
        if (node instanceof Node.Items items && items.items().isEmpty()) {
            return List.of();
        }
        var hosts = HOSTS.parse(node, problems);
        if (hosts != null && !hosts.stream().allMatch(NameServersType::isAddress)) {
            problems.refuse(node.place(), node.shown() + " is not valid: expected " + expected());
            return null;
        }
        return hosts;
    }

    private static boolean isAddress(ServerHost host) {
        return host.host().contains(":") || host.host().matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
    }

    @Override
    public JsonNode canonical(List<ServerHost> value) {
        var array = JsonNodeFactory.instance.arrayNode();
        value.forEach(host -> array.add(host.toString()));
        return array;
    }

    @Override
    public String expected() {
        return "a list of IP addresses, each with :port where it is not 53";
    }
}
