package io.pgdoorman.pooler.reload;

import io.pgdoorman.pooler.hba.Surroundings;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The roles of the configuration, this machine's name service and its network interfaces.
///
/// @param roles members of each role; a member may be a role
record HostSurroundings(Map<String, List<String>> roles) implements Surroundings {
    private static final Logger LOG = LoggerFactory.getLogger(HostSurroundings.class);

    @Override
    public boolean isMember(String user, String role) {
        return user.equals(role) || isMember(user, role, new HashSet<>());
    }

    private boolean isMember(String user, String role, Set<String> seen) {
        return seen.add(role)
                && roles.getOrDefault(role, List.of()).stream()
                        .anyMatch(member -> member.equals(user) || isMember(user, member, seen));
    }

    @Override
    public List<String> namesOf(InetAddress address) {
        try {
            // without the name that the object may carry already
            var bare = InetAddress.getByAddress(address.getAddress());
            var name = bare.getCanonicalHostName();
            return name.equals(bare.getHostAddress()) ? List.of() : List.of(name);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e); // bytes of an address are one
        }
    }

    @Override
    public List<InetAddress> addressesOf(String name) {
        try {
            return List.of(InetAddress.getAllByName(name));
        } catch (UnknownHostException _) {
            return List.of();
        }
    }

    @Override
    public List<InterfaceAddress> own() {
        try {
            return NetworkInterface.networkInterfaces()
                    .flatMap(network -> network.getInterfaceAddresses().stream())
                    .toList();
        } catch (SocketException e) {
            LOG.atWarn()
                    .setMessage("network interfaces cannot be listed; samehost and samenet fit nothing")
                    .setCause(e)
                    .log();
            return List.of();
        }
    }
}
