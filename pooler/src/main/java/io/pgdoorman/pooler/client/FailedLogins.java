package io.pgdoorman.pooler.client;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/// Failed logins by address, so that nobody can guess for long: each address has so many a minute, in a bucket that
/// fills evenly, and while the bucket is empty its logins are refused before anything is asked. Thread-safe; touched
/// once by a login, and once more when it fails.
///
/// Who guesses on many connections at once may fail more often than the bucket holds; that is owed, up to another
/// minute's worth. Nothing is taken for logins under way, or a storm of good ones from behind one address would be
/// refused.
final class FailedLogins {
    /// Bounds the memory to some megabytes. The address that was seen longest ago is forgotten first, so that who
    /// has more addresses than these gains by each of them no more than one bucket.
    static final int MOST_ADDRESSES = 16_384;

    private static final int IPV6_NETWORK_BYTES = 8;
    private static final double NANOS_PER_MINUTE = 60e9;

    /// Between two lines about one address that goes on although it is refused.
    private static final long TELLING_NANOS = 10_000_000_000L;

    private final Map<InetAddress, Bucket> buckets = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<InetAddress, Bucket> eldest) {
            return size() > MOST_ADDRESSES;
        }
    };

    private static final class Bucket {
        private double left;
        private long filledNanos;
        private long toldNanos;

        Bucket(double left, long filledNanos) {
            this.left = left;
            this.filledNanos = filledNanos;
            this.toldNanos = filledNanos - TELLING_NANOS;
        }

        void fill(int perMinute, long now) {
            left = Math.min(perMinute, left + (now - filledNanos) / NANOS_PER_MINUTE * perMinute);
            filledNanos = now;
        }
    }

    /// Whether the address has failed too often.
    ///
    /// @param perMinute above 0
    synchronized boolean isSpent(InetAddress address, int perMinute, long now) {
        var known = key(address);
        var bucket = buckets.get(known);
        if (bucket == null) {
            return false;
        }
        bucket.fill(perMinute, now);
        if (bucket.left >= perMinute) {
            buckets.remove(known);
        }
        return bucket.left < 1;
    }

    /// A login of the address failed.
    synchronized void failed(InetAddress address, int perMinute, long now) {
        var bucket = buckets.computeIfAbsent(key(address), _ -> new Bucket(perMinute, now));
        bucket.fill(perMinute, now);
        bucket.left = Math.max(-perMinute, bucket.left - 1);
    }

    /// Whether it is worth a line that the address is refused: not each time.
    synchronized boolean isWorthTelling(InetAddress address, long now) {
        var bucket = buckets.get(key(address));
        if (bucket == null || now - bucket.toldNanos < TELLING_NANOS) {
            return false;
        }
        bucket.toldNanos = now;
        return true;
    }

    synchronized int size() {
        return buckets.size();
    }

    /// A host has a whole /64 of IPv6 to choose its addresses from.
    private static InetAddress key(InetAddress address) {
        var bytes = address.getAddress();
        if (bytes.length <= IPV6_NETWORK_BYTES) {
            return address;
        }
        Arrays.fill(bytes, IPV6_NETWORK_BYTES, bytes.length, (byte) 0);
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e); // 16 bytes are an address
        }
    }
}
