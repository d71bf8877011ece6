package io.pgdoorman.config.catalogue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.pgdoorman.config.ServerHost;
import io.pgdoorman.config.tree.Node;
import io.pgdoorman.config.tree.Problems;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// One host or several: as text with commas, as libpq has it, or as a list. One host alone is plain text in canonical
/// form.
final class HostsType implements ValueType<List<ServerHost>> {

    @Override
    public @Nullable List<ServerHost> parse(Node node, Problems problems) {
        var texts = switch (node) {
            case Node.Scalar(var _, var kind, var text) when kind == Node.Kind.TEXT -> List.of(text.split(",", -1));
            case Node.Items(var _, var nodes)
            when nodes.stream().allMatch(HostsType::isText) ->
                nodes.stream().map(item -> ((Node.Scalar) item).text()).toList();
            default -> List.<String>of();
        };
        var hosts = new ArrayList<ServerHost>();
        texts.forEach(text -> ServerHost.parse(text).ifPresent(hosts::add));
        if (hosts.isEmpty() || hosts.size() < texts.size()) {
            problems.refuse(node.place(), node.shown() + " is not valid: expected " + expected());
            return null;
        }
        if (new HashSet<>(hosts).size() < hosts.size()) {
            problems.refuse(node.place(), node.shown() + " is not valid: a host stands there twice");
            return null;
        }
        return List.copyOf(hosts);
    }

    private static boolean isText(Node node) {
        return node instanceof Node.Scalar scalar && scalar.kind() == Node.Kind.TEXT;
    }

    @Override
    public JsonNode canonical(List<ServerHost> value) {
        var json = JsonNodeFactory.instance;
        if (value.size() == 1) {
            return json.textNode(value.getFirst().toString());
        }
        var array = json.arrayNode();
        value.forEach(host -> array.add(host.toString()));
        return array;
    }

    @Override
    public String expected() {
        return "a host or several, each an address, a name or a folder, with :port where it has its own";
    }

    @Override
    public String shown(List<ServerHost> value) {
        return JsonNodeFactory.instance
                .textNode(value.stream().map(ServerHost::toString).collect(Collectors.joining(",")))
                .toString();
    }
}
