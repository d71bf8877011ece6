package io.pgdoorman.pooler.pool;

import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.SqlState;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// The cap on the servers of one database over all its users. A permit belongs to a connection from before it
/// is opened until PostgreSQL is rid of it, so lending and taking back never come here.
///
/// Who asks for a permit gets a free one, else one of the reserve; else a server of another user is evicted,
/// and the request waits for a permit up to `reserve_pool_timeout`. Who has less than its share of a contended
/// cap also gets servers that are busy now, when they are given back. Its own lock is never held while a pool
/// is called.
public final class Coordinator {
    /// Requests are looked at again after this time at the latest, and mostly not more often than after the
    /// other.
    private static final long ROUND_NANOS = 50_000_000;

    private static final long MIN_ROUND_NANOS = 1_000_000;

    /// Who has less than its share waits for this part of the time limit before others have to give busy servers.
    private static final int PATIENT_PARTS = 4;

    private static final PgError NOT_YET = PgError.error(
            SqlState.CANNOT_CONNECT_NOW, "this pooler has no share of its fleet's server connections yet");

    private final String database;
    private final LongSupplier clock;
    private final ReentrantLock lock;
    private final List<Member> members = new ArrayList<>();
    private final List<Request> pending = new ArrayList<>();
    private final CapEvents events = new CapEvents();
    private volatile CapSettings settings;
    private volatile CapSettings configured;

    /// Another number of servers than the configured one; null for that.
    private volatile @Nullable Integer allowed;
    private volatile int withheld;
    private volatile boolean isShort;
    private volatile boolean isShut;

    /// Permits free without the reserve; less than 0 when it is in use.
    private volatile int free;

    private int used;
    private boolean pumping;
    private boolean again;
    private boolean armed;
    private long pumpedNanos;

    /// A pool's seat. Guarded by the coordinator's lock.
    static final class Member {
        final Tenant tenant;

        /// Servers whose end was asked for and has not come yet.
        private int ending;

        private Member(Tenant tenant) {
            this.tenant = tenant;
        }
    }

    /// Who asked for a permit; told once, outside of all locks.
    interface Applicant {
        void granted();

        void denied(PgError why);
    }

    private record Request(Member member, Applicant applicant, long sinceNanos, long deadlineNanos) {
        @Override
        public boolean equals(Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(this);
        }
    }

    public Coordinator(String database, CapSettings settings, LongSupplier clock) {
        this(database, settings, clock, new ReentrantLock());
    }

    Coordinator(String database, CapSettings settings, LongSupplier clock, ReentrantLock lock) {
        this.database = database;
        this.settings = settings;
        this.configured = settings;
        this.clock = clock;
        this.lock = lock;
        this.pumpedNanos = clock.getAsLong() - MIN_ROUND_NANOS;
        count(0);
    }

    private void count(int more) {
        used += more;
        var now = settings;
        if (more > 0 && now.max() > 0 && used > now.max()) {
            events.tookReserve();
        }
        free = now.max() == 0 ? Integer.MAX_VALUE : now.max() - used;
    }

    public String database() {
        return database;
    }

    /// Permits in use, those of the reserve included.
    public int used() {
        lock.lock();
        try {
            return used;
        } finally {
            lock.unlock();
        }
    }

    public CapSettings settings() {
        return settings;
    }

    public CapEvents events() {
        return events;
    }

    /// Changes the cap; permits in use count from now on, and what is too much ends: idle servers at once, busy ones
    /// when they are given back.
    ///
    /// @param servers instead of what the cap says, null for that
    public void apply(CapSettings changed, @Nullable Integer servers) {
        if (!changed.equals(configured) || !Objects.equals(servers, allowed)) {
            change(changed, servers, withheld);
        }
    }

    /// Lets the database have another number of servers than its cap says; that one for null.
    public void allow(@Nullable Integer servers) {
        apply(configured, servers);
    }

    /// Another process has so many servers of the database, for the time being.
    public void withhold(int servers) {
        change(configured, allowed, servers);
    }

    /// Nobody gets a permit until it is opened.
    public void shut() {
        isShut = true;
    }

    /// Permits are given.
    public void open() {
        isShut = false;
        pump();
    }

    private int ceiling() {
        return isShut ? 0 : settings.ceiling();
    }

    private void change(CapSettings changed, @Nullable Integer most, int servers) {
        lock.lock();
        try {
            configured = changed;
            allowed = most;
            withheld = servers;
            settings = changed.allowing(most).without(servers);
            count(0);
        } finally {
            lock.unlock();
        }
        trim();
        pump();
    }

    Member join(Tenant tenant) {
        var member = new Member(tenant);
        lock.lock();
        try {
            members.add(member);
        } finally {
            lock.unlock();
        }
        return member;
    }

    /// The pool is gone: what its last servers hold comes back by [#release].
    void leave(Member member) {
        lock.lock();
        try {
            members.remove(member);
        } finally {
            lock.unlock();
        }
    }

    /// Whether somebody waits for a permit; read without the lock.
    boolean isShort() {
        return isShort;
    }

    /// Whether that many permits are free without the reserve and nobody waits for them; read without the lock.
    boolean hasRoomFor(int permits) {
        return !isShort && free >= permits;
    }

    /// Asks for a permit.
    void acquire(Member member, Applicant applicant) {
        long now = clock.getAsLong();
        boolean granted;
        boolean arms = false;
        lock.lock();
        try {
            granted = pending.isEmpty() && used < ceiling();
            if (granted) {
                count(1);
            } else {
                pending.add(new Request(
                        member, applicant, now, now + settings.reserveTimeout().toNanos()));
                isShort = true;
                arms = !armed;
                armed = true;
            }
        } finally {
            lock.unlock();
        }
        if (granted) {
            applicant.granted();
            return;
        }
        if (arms) {
            arm(member.tenant);
        }
        pump();
    }

    /// A permit is free again: a connection is gone, or it was never opened.
    void release(Member member) {
        lock.lock();
        try {
            if (used == 0) {
                throw new IllegalStateException("a permit of database " + database + " was given back twice");
            }
            count(-1);
            member.ending = Math.max(0, member.ending - 1);
        } finally {
            lock.unlock();
        }
        if (isShort) {
            pump();
        }
    }

    /// A pool has an idle server more: it may be one for those who wait for a permit.
    void idleReturned() {
        boolean due;
        lock.lock();
        try {
            due = clock.getAsLong() - pumpedNanos >= MIN_ROUND_NANOS;
        } finally {
            lock.unlock();
        }
        if (due) {
            pump();
        }
    }

    private void arm(Tenant tenant) {
        tenant.later(() -> round(tenant), ROUND_NANOS);
    }

    private void round(Tenant tenant) {
        boolean goesOn;
        lock.lock();
        try {
            goesOn = !pending.isEmpty();
            armed = goesOn; // whoever asks next arms anew where this round does not
        } finally {
            lock.unlock();
        }
        if (goesOn) {
            arm(tenant);
            pump();
        }
    }

    /// Goes through the requests; when another thread is about it, that one goes through them once more.
    private void pump() {
        if (!mayPump()) {
            return;
        }
        boolean completed = false;
        try {
            do {
                turn();
            } while (hasMore());
            completed = true;
        } finally {
            if (!completed) {
                stopPumping();
            }
        }
    }

    private boolean mayPump() {
        lock.lock();
        try {
            again |= pumping;
            boolean mine = !pumping;
            pumping = true;
            pumpedNanos = clock.getAsLong();
            return mine;
        } finally {
            lock.unlock();
        }
    }

    private boolean hasMore() {
        lock.lock();
        try {
            boolean more = again;
            again = false;
            pumping = more;
            return more;
        } finally {
            lock.unlock();
        }
    }

    private void stopPumping() {
        lock.lock();
        try {
            pumping = false;
        } finally {
            lock.unlock();
        }
    }

    private void turn() {
        var requests = requests();
        if (requests.isEmpty()) {
            forgive();
            return;
        }
        var shares = shares();
        requests.sort(Comparator.comparing((Request request) -> request.member, shares::compare)
                .thenComparingLong(Request::sinceNanos));
        long now = clock.getAsLong();
        boolean expired = false;
        var left = new ArrayList<Request>();
        for (var request : requests) {
            if (takesPermit(request)) {
                request.applicant.granted();
            } else if (now - request.deadlineNanos >= 0) {
                expired |= deny(request);
            } else {
                left.add(request);
            }
        }
        if (expired || left.isEmpty()) {
            forgive();
        }
        evictFor(left, shares, now);
    }

    private List<Request> requests() {
        lock.lock();
        try {
            return new ArrayList<>(pending);
        } finally {
            lock.unlock();
        }
    }

    private boolean takesPermit(Request request) {
        lock.lock();
        try {
            if (used >= ceiling() || !pending.remove(request)) {
                return false;
            }
            isShort = !pending.isEmpty();
            count(1);
            return true;
        } finally {
            lock.unlock();
        }
    }

    private boolean deny(Request request) {
        int inUse;
        lock.lock();
        try {
            if (!pending.remove(request)) {
                return false;
            }
            isShort = !pending.isEmpty();
            inUse = used;
        } finally {
            lock.unlock();
        }
        events.denied();
        if (isShut) {
            request.applicant.denied(NOT_YET);
            return true;
        }
        var now = settings;
        request.applicant.denied(PgError.error(
                        SqlState.TOO_MANY_CONNECTIONS,
                        "no server for " + request.member.tenant.name() + ": max_db_connections (" + now.max()
                                + ") is reached")
                .withDetail("Servers of database \"" + database + "\": " + inUse + ", of which reserve "
                        + Math.max(0, inUse - now.max()) + " of " + now.reserve() + "; none was freed within"
                        + " reserve_pool_timeout (" + now.reserveTimeout().toMillis() + " ms).")
                .withHint("Raise max_db_connections or reserve_pool_size, or lower min_guaranteed_pool_size."));
        return true;
    }

    private Shares shares() {
        List<Member> now;
        var asking = new LinkedHashMap<Member, Integer>();
        lock.lock();
        try {
            now = List.copyOf(members);
            pending.forEach(request -> asking.merge(request.member, 1, Integer::sum));
        } finally {
            lock.unlock();
        }
        var standings = new LinkedHashMap<Member, Tenant.Standing>();
        now.forEach(member -> standings.put(member, member.tenant.standing()));
        return new Shares(settings, standings, asking.keySet());
    }

    // ---- eviction

    private void evictFor(List<Request> left, Shares shares, long now) {
        int needed = left.size() - ending();
        for (var request : left) {
            if (needed <= 0) {
                return;
            }
            boolean waitsLong =
                    (now - request.sinceNanos) * PATIENT_PARTS >= request.deadlineNanos - request.sinceNanos;
            boolean urgent = waitsLong && shares.hasLessThanItsShare(request.member);
            long minAge = urgent ? 0 : settings.minAge().toNanos();
            if (evicts(shares.givers(request.member), minAge, shares)
                    || (urgent && owes(shares.debtors(request.member), shares))) {
                needed--;
            }
        }
    }

    private boolean evicts(List<Member> givers, long minAgeNanos, Shares shares) {
        for (var giver : givers) {
            expectEnd(giver, 1);
            if (giver.tenant.evictIdle(minAgeNanos, shares.keep(giver))) {
                shares.gave(giver);
                events.evicted();
                return true;
            }
            expectEnd(giver, -1);
        }
        return false;
    }

    private boolean owes(List<Member> debtors, Shares shares) {
        if (debtors.isEmpty()) {
            return false;
        }
        var debtor = debtors.getFirst();
        expectEnd(debtor, 1);
        debtor.tenant.owe();
        shares.gave(debtor);
        events.evicted();
        return true;
    }

    private void expectEnd(Member member, int more) {
        lock.lock();
        try {
            member.ending = Math.max(0, member.ending + more);
        } finally {
            lock.unlock();
        }
    }

    private int ending() {
        lock.lock();
        try {
            return members.stream().mapToInt(member -> member.ending).sum();
        } finally {
            lock.unlock();
        }
    }

    /// Nobody needs what was asked for, or it did not come in time. What is beyond the cap is still to end.
    private void forgive() {
        if (isBeyond()) {
            return;
        }
        for (var member : shares().members()) {
            expectEnd(member, -member.tenant.forgive());
        }
    }

    /// Whether more permits are in use than there may be, as after the cap was lowered; read without the lock.
    private boolean isBeyond() {
        return free < -settings.reserve();
    }

    /// Whether no permit is free; read without the lock.
    public boolean isSpent() {
        return isShort || free <= 0;
    }

    /// Ends what is beyond the cap and could not end when it was lowered, as it was being connected.
    public void settle() {
        if (isBeyond()) {
            trim();
        }
    }

    /// Closes idle servers that use the reserve, once they are old enough; and of those beyond the reserve,
    /// after the cap was lowered, all that can be had.
    public void trim() {
        var now = settings;
        if (now.max() == 0) {
            return;
        }
        var shares = shares();
        while (used() - ending() > now.max()
                && evicts(shares.givers(null), now.minAge().toNanos(), shares)) {
            shares = shares();
        }
        var bare = shares.withoutProtection();
        while (used() - ending() > now.ceiling()
                && (evicts(bare.members(), 0, bare) || owes(bare.debtors(null), bare))) {
            bare = shares().withoutProtection();
        }
    }
}
