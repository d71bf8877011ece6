package io.pgdoorman.pooler.hba;

import java.net.InetAddress;
import java.util.Locale;

/// The address field of a rule.
sealed interface AddressTest {
    boolean fits(InetAddress address, Surroundings surroundings);

    /// Whether [#fits] may block.
    default boolean asksOutside() {
        return true;
    }

    /// `all`, and every `local` rule.
    record Any() implements AddressTest {
        @Override
        public boolean fits(InetAddress address, Surroundings surroundings) {
            return true;
        }

        @Override
        public boolean asksOutside() {
            return false;
        }
    }

    /// Addresses that are equal under a mask.
    record Within(Network network) implements AddressTest {
        @Override
        public boolean fits(InetAddress address, Surroundings surroundings) {
            return network.contains(address);
        }

        @Override
        public boolean asksOutside() {
            return false;
        }
    }

    /// A host name, or with a leading dot the end of one. The address's name has to fit, and that name has
    /// to lead back to the address, or anybody who owns a reverse zone could claim any name.
    record Named(String name) implements AddressTest {
        @Override
        public boolean fits(InetAddress address, Surroundings surroundings) {
            return surroundings.namesOf(address).stream()
                    .filter(this::is)
                    .anyMatch(found -> surroundings.addressesOf(found).contains(address));
        }

        private boolean is(String found) {
            String wanted = name.toLowerCase(Locale.ROOT);
            String actual = found.toLowerCase(Locale.ROOT);
            return wanted.startsWith(".")
                    ? actual.length() > wanted.length() && actual.endsWith(wanted)
                    : actual.equals(wanted);
        }
    }

    /// `samehost`: an address of this machine.
    record SameHost() implements AddressTest {
        @Override
        public boolean fits(InetAddress address, Surroundings surroundings) {
            return surroundings.own().stream().anyMatch(own -> own.getAddress().equals(address));
        }
    }

    /// `samenet`: an address in a network of this machine.
    record SameNet() implements AddressTest {
        @Override
        public boolean fits(InetAddress address, Surroundings surroundings) {
            return surroundings.own().stream()
                    .anyMatch(own -> Network.of(own.getAddress(), own.getNetworkPrefixLength())
                            .contains(address));
        }
    }
}
