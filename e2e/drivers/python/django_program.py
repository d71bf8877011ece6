"""The scenarios of e2e/drivers/SCENARIOS with Django's ORM over psycopg: values bound by the server, atomic(), its health checks."""

import datetime
import decimal
import os
import uuid

import django
import psycopg
from django.conf import settings

PARAMETERS = {"server_side_binding": True, "prepare_threshold": 2}
settings.configure(
    INSTALLED_APPS=["django.contrib.postgres"],
    USE_TZ=True,
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql", "NAME": os.environ["PGDATABASE"], "USER": os.environ["PGUSER"],
            "PASSWORD": os.environ["PGPASSWORD"], "HOST": os.environ["PGHOST"], "PORT": os.environ["PGPORT"],
            "CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True, "OPTIONS": PARAMETERS,
        }
    },
)  # fmt: skip
django.setup()

from django.contrib.postgres.fields import ArrayField, IntegerRangeField  # noqa: E402
from django.db import DatabaseError, IntegrityError, connection, connections, models, transaction  # noqa: E402
from django.db.backends.postgresql.psycopg_any import NumericRange  # noqa: E402

from scenario import DAWDLE, ERRORS, Servers, concurrently, must, must_fail, run, version  # noqa: E402


class Person(models.Model):
    name = models.TextField(unique=True)

    class Meta:
        app_label = "drivers"


class Letter(models.Model):
    person = models.ForeignKey(Person, models.CASCADE, related_name="letters")
    text = models.TextField()

    class Meta:
        app_label = "drivers"


class Typed(models.Model):
    truth = models.BooleanField()
    small = models.SmallIntegerField()
    big = models.BigIntegerField()
    exact = models.DecimalField(max_digits=20, decimal_places=5)
    near = models.FloatField()
    text = models.TextField()
    day = models.DateField()
    at = models.DateTimeField()
    long = models.DurationField()
    key = models.UUIDField()
    numbers = ArrayField(models.IntegerField())
    document = models.JSONField()
    span = IntegerRangeField()
    address = models.GenericIPAddressField()
    nothing = models.TextField(null=True)
    raw = models.BinaryField()

    class Meta:
        app_label = "drivers"


def ask(text, *values):
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        return cursor.fetchone() if cursor.description else None


def usable():
    must("afterwards", ask("select 'still ' || %s::text", "here")[0], "still here")


def within(do, **options):
    """Gives this thread a connection of its own with these options, and closes it behind `do`."""
    had = connection.settings_dict  # all threads have this dictionary in common
    connection.close()
    connection.settings_dict = had | {"OPTIONS": PARAMETERS | options}
    try:
        return do()
    finally:
        connection.close()
        connection.settings_dict = had


def created():
    ask("drop table if exists drivers_letter, drivers_person, drivers_typed")
    with connection.schema_editor() as editor:
        for model in (Person, Letter, Typed):
            editor.create_model(model)


def login():
    must("user", ask("select current_user::text")[0], "driver")
    connection.close()
    had = connection.settings_dict["PASSWORD"]
    connection.settings_dict["PASSWORD"] = "wrong"
    try:
        usable()
    except DatabaseError as e:
        must(f"wrong password: {e}", "password authentication failed" in str(e), True)
    else:
        raise AssertionError("a wrong password was taken")
    finally:
        connection.settings_dict["PASSWORD"] = had


def startup():
    for i in range(4):
        for statement in (f"create schema if not exists s{i}", f"drop table if exists s{i}.place", f"create table s{i}.place as select 's{i}' as name"):
            ask(statement)

    def client(i):
        def hold():
            for _ in range(40):
                got = ask("select name, current_setting('application_name'), current_setting('statement_timeout') from place")
                must("settings", got, (f"s{i % 4}", f"application {i}", f"{20001 + i}ms"))

        within(hold, application_name=f"application {i}", options=f"-c search_path=s{i % 4} -c statement_timeout={20001 + i}")

    concurrently(8, client)


def prepared():
    servers = Servers()

    def client(number):
        def hold():
            for i in range(80):
                question = number * 1000 + i
                text = f"select {i % 7}, %s::int4 * 2, pg_backend_pid() /* {i % 7} */{DAWDLE}"
                statement, answer, pid = ask(text, question)
                must("answer", (statement, answer), (i % 7, question * 2))
                servers.add(number, pid)

        within(hold, server_side_binding=number % 2 == 0, prepare_threshold=(0, 2, None)[number % 3])

    concurrently(8, client)
    servers.check()


def batch():
    created()
    people = Person.objects.bulk_create([Person(name=f"person {n}") for n in range(1500)], batch_size=400)
    Letter.objects.bulk_create([Letter(person=person, text=f"to {person.name}") for person in people])
    for person in people[:300]:
        person.name += "!"
    must("changed", Person.objects.bulk_update(people[:300], ["name"], batch_size=100), 300)
    found = {person.pk: [letter.text for letter in person.letters.all()] for person in Person.objects.prefetch_related("letters")}
    must("letters", found, {person.pk: [f"to {person.name.rstrip('!')}"] for person in people})
    upserted = [Person(name="person 1000"), Person(name="one more")]
    Person.objects.bulk_create(upserted, update_conflicts=True, unique_fields=["name"], update_fields=["name"])
    must("people", Person.objects.count(), 1501)


def batch_error():
    created()
    for _ in range(5):
        must_fail("a name twice", "23505", lambda: Person.objects.bulk_create([Person(name=f"person {n % 400}") for n in range(500)]))
        must("people", Person.objects.count(), 0)

        def burst():
            with connection.cursor() as cursor, transaction.atomic():
                cursor.executemany("insert into drivers_person (name) select %s::int4 + 1 / %s::int4", [(n, n) for n in (1, 3, 4, 0, 5)])

        must_fail("burst", "22012", burst)
        usable()


def timeout():
    def slow():
        with transaction.atomic():
            ask("set local statement_timeout = 50")
            ask("select pg_sleep(30)")

    must_fail("statement_timeout", "57014", slow)
    ask("select pg_sleep(0.1)")

    def hasty():
        for _ in range(3):
            must_fail("statement_timeout", "57014", lambda: ask("select pg_sleep(30)"))
            usable()

    within(hasty, options="-c statement_timeout=500")


def errors():
    for statement in ("drop table if exists keyed", "create table keyed (id int4 primary key)", "insert into keyed values (1)"):
        ask(statement)
    for text, state in ERRORS.items():
        for _ in range(4):  # beyond prepare_threshold
            must_fail(text, state, lambda: ask(text))
        usable()
        with transaction.atomic():
            for _ in range(2):

                def inner():
                    with transaction.atomic():  # a savepoint
                        ask(text)

                must_fail(f"in a savepoint: {text}", state, inner)
                usable()
    usable()


def reconnect():
    for n in range(3):

        def lost():
            with transaction.atomic():
                pid = ask("select pg_backend_pid()")[0]
                with psycopg.connect("", autocommit=True) as other:
                    other.execute("select pg_terminate_backend(%s, 5000)", (pid,))
                ask("select 1")

        must_fail("a terminated server", DatabaseError, lost)
        # what Django does around each request
        connection.close_if_unusable_or_obsolete()
        connection.health_check_done = False
        must("afterwards", ask("select %s::int4", n)[0], n)


def transactions():
    created()
    with psycopg.connect("", autocommit=True) as other:

        def seen(rows):
            must("seen by another", other.execute("select count(*) from drivers_person").fetchone()[0], rows)

        with transaction.atomic():
            ask("set transaction isolation level serializable")
            Person.objects.create(name="one")
            try:
                with transaction.atomic():
                    Person.objects.create(name="one")
            except IntegrityError:
                Person.objects.create(name="two")
            must("one", Person.objects.get_or_create(name="one")[1], False)
            seen(0)
        seen(2)
        try:
            with transaction.atomic():
                must("locked", Person.objects.select_for_update().filter(name="one").delete()[0], 1)
                raise KeyError
        except KeyError:
            seen(2)


def large():
    for size in (1, 8191, 8192, 65536, 1 << 20, 8 << 20):
        sent = "x" * (size - 1) + "!"
        text, raw = ask("select %s::text, %s::bytea", sent, sent.encode())
        must(f"{size} bytes", text == sent and bytes(raw) == sent.encode(), True)
    with connection.cursor() as cursor:
        cursor.execute("select i, repeat(chr(97 + i %% 26), 100000) from generate_series(1, %s) i", (100,))
        rows = cursor.fetchall()
    must("rows", [i for i, _ in rows], list(range(1, 101)))
    must("texts", all(text == chr(97 + i % 26) * 100000 for i, text in rows), True)


def types():
    created()
    values = dict(
        truth=True, small=-32768, big=-(2**63), exact=decimal.Decimal("123456789.00001"), near=3.141592653589793,
        text="a ' \" \\ : % \u20ac \U0001F600 \n", day=datetime.date(2026, 2, 28),
        at=datetime.datetime(2026, 11, 24, 12, 34, 56, 789, datetime.timezone.utc),
        long=datetime.timedelta(days=2, microseconds=1000001), key=uuid.UUID(int=7), numbers=[1, 2, 3],
        document={"a": [1.5, "x", None]}, span=NumericRange(1, 9, "[)"), address="10.1.2.3", nothing=None,
    )  # fmt: skip
    for binding in (True, False):

        def there():
            Typed.objects.create(raw=b"\0\1\xff\\", **values)
            row = Typed.objects.last()
            must("raw", bytes(row.raw), b"\0\1\xff\\")
            for name, value in values.items():
                must(name, getattr(row, name), value)
                found = {f"{name}__isnull": True} if value is None else {name: value}
                must(f"by {name}", Typed.objects.filter(pk=row.pk, **found).count(), 1)

        within(there, server_side_binding=binding)


def cursor():
    created()
    Person.objects.bulk_create([Person(name=f"person {n:04}") for n in range(1000)])
    with transaction.atomic():  # outside of one, Django declares its cursors WITH HOLD
        people = Person.objects.order_by("name").iterator(chunk_size=70)
        must("rows", [person.name for person in people], [f"person {n:04}" for n in range(1000)])
        left = Person.objects.order_by("name").values_list("name", flat=True).iterator(chunk_size=10)
        must("the first row", next(left), "person 0000")
        must("among them", Person.objects.count(), 1000)
        left.close()
    usable()


version("Django", f"{django.__version__}, psycopg {psycopg.__version__}")
run({
    "login": login, "startup": startup, "prepared": prepared, "batch": batch, "batch-error": batch_error, "timeout": timeout,
    "errors": errors, "reconnect": reconnect, "transactions": transactions, "large": large, "types": types, "cursor": cursor,
})  # fmt: skip
connections.close_all()
