package drivers.hibernate;

import static drivers.Scenarios.concurrently;
import static drivers.Scenarios.must;
import static drivers.Scenarios.mustFail;

import drivers.Scenarios;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.hibernate.ScrollMode;
import org.hibernate.Session;

/// Scenarios of what Hibernate writes and reads.
record Statements(Orm orm) {

    void prepared() throws Exception {
        orm.empty();
        orm.transaction(session -> IntStream.range(0, 7).forEach(n -> session.persist(new Person("person " + n))));
        var servers = new Scenarios.Servers();
        concurrently(
                8,
                connection -> orm.alone(Map.of("prepareThreshold", "" + (1 + connection % 5)), session -> {
                    for (int i = 0; i < 80; i++) {
                        int question = connection * 1000 + i;
                        int kind = i % 7;
                        var row = Orm.row(
                                session,
                                "select %d, cast(?1 as int4) * 2, pg_backend_pid() /* %d */%s"
                                        .formatted(kind, kind, Scenarios.DAWDLE),
                                question);
                        must("answer", Arrays.asList(row).subList(0, 2), List.of(kind, question * 2));
                        servers.add(connection, (int) row[2]);
                        session.clear();
                        must("person", named(session, "person " + kind).name, "person " + kind);
                    }
                }));
        servers.check();
    }

    private static Person named(Session session, String name) {
        return session.createSelectionQuery("from Person where name = :name", Person.class)
                .setParameter("name", name)
                .getSingleResult();
    }

    void batch() {
        orm.empty();
        orm.transaction(session -> {
            for (int n = 0; n < 1500; n++) {
                var person = new Person("person " + n);
                session.persist(person);
                session.persist(new Letter(person));
            }
        });
        orm.transaction(session -> {
            for (int n = 0; n < 300; n++) {
                named(session, "person " + n).name += "!";
            }
        });
        orm.transaction(session -> {
            var people = session.createSelectionQuery("from Person p join fetch p.letters", Person.class)
                    .getResultList();
            must("people", people.size(), 1500);
            for (var person : people) {
                must("letter", person.letters.get(0).text, "to " + person.name.replace("!", ""));
            }
            must(
                    "changed",
                    people.stream().filter(person -> person.version == 1).count(),
                    300L);
        });
        orm.transaction(session -> {
            var some = session.createSelectionQuery("from Person where name like '%!'", Person.class)
                    .getResultList();
            some.forEach(person -> person.letters.forEach(session::remove));
            some.forEach(session::remove);
        });
        orm.transaction(session -> must("people", Orm.people(session), 1200L));
    }

    void batchError() {
        orm.empty();
        for (int round = 0; round < 5; round++) {
            mustFail(
                    "a name twice",
                    "23505",
                    () -> orm.transaction(session ->
                            IntStream.range(0, 500).forEach(n -> session.persist(new Person("person " + n % 400)))));
            orm.transaction(session -> must("people", Orm.people(session), 0L));
        }
    }

    void large() {
        orm.transaction(session -> {
            for (int size : Scenarios.SIZES) {
                var sent = "x".repeat(size - 1) + "!";
                var bytes = sent.getBytes(StandardCharsets.UTF_8);
                var row = Orm.row(session, "select cast(?1 as text), cast(?2 as bytea)", sent, bytes);
                must(size + " characters", row[0].equals(sent), true);
                must(size + " bytes", Arrays.equals((byte[]) row[1], bytes), true);
            }
            var rows = session.createNativeQuery(
                            "select i, repeat(chr(97 + i % 26), 100000) from generate_series(1, 100) i", Object[].class)
                    .getResultList();
            must("rows", rows.size(), 100);
            for (int n = 1; n <= 100; n++) {
                var row = rows.get(n - 1);
                must("row " + n, row[0], n);
                must("row " + n, row[1].equals(Character.toString(97 + n % 26).repeat(100000)), true);
            }
        });
    }

    void types() {
        for (int n = 0; n < 4; n++) { // beyond prepareThreshold, so in both formats
            var id = UUID.randomUUID();
            orm.transaction(session -> session.persist(new Typed(id)));
            orm.transaction(session -> {
                must("values", session.find(Typed.class, id).values(), new Typed(id).values());
                var found = session.createSelectionQuery(
                                "select count(*) from Typed where id = ?1 and exact = ?2 and zoned = ?3 and kind = ?4",
                                Long.class)
                        .setParameter(1, id)
                        .setParameter(2, new Typed().exact)
                        .setParameter(3, new Typed().zoned)
                        .setParameter(4, Typed.Kind.OTHER)
                        .getSingleResult();
                must("found by its values", found, 1L);
            });
        }
    }

    void cursor() {
        orm.empty();
        orm.transaction(session ->
                IntStream.range(0, 1000).forEach(n -> session.persist(new Person("person %04d".formatted(n)))));
        var names = IntStream.range(0, 1000).mapToObj("person %04d"::formatted).toList();
        orm.transaction(session -> {
            var people = session.createSelectionQuery("from Person order by name", Person.class)
                    .setFetchSize(70);
            try (var stream = people.getResultStream()) {
                must("names", stream.map(person -> person.name).toList(), names);
            }
            var read = new ArrayList<String>();
            try (var rows = people.setFetchSize(10).scroll(ScrollMode.FORWARD_ONLY)) {
                while (read.size() < 25 && rows.next()) {
                    read.add(rows.get().name);
                    must("among them", Orm.people(session), 1000L);
                }
            }
            must("first names", read, names.subList(0, 25));
        });
        orm.usable();
    }
}
