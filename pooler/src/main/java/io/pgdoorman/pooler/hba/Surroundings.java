package io.pgdoorman.pooler.hba;

import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.util.List;

/// What rules cannot know by themselves: roles, names of addresses, and the addresses of this machine.
public interface Surroundings {
    /// Whether a user is a member of a role, directly or through others; a user is always a member of itself.
    boolean isMember(String user, String role);

    /// The names that a name server gives for an address. Blocks; empty when there are none.
    List<String> namesOf(InetAddress address);

    /// The addresses that a name server gives for a name. Blocks; empty when there are none.
    List<InetAddress> addressesOf(String name);

    /// This machine's addresses with their networks. Blocks for a moment.
    List<InterfaceAddress> own();
}
