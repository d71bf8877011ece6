"""The scenarios of e2e/drivers/SCENARIOS with SQLAlchemy: its engine, its pool, Core and ORM, over any of its drivers.

All is written for its synchronous connections. Over an asynchronous driver each thread has an event loop of its own, and what
waits there is handed over by SQLAlchemy itself.
"""

import asyncio
import datetime
import decimal
import enum
import os
import uuid

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.ext.asyncio import async_engine_from_config
from sqlalchemy.pool import NullPool

import scenario
from scenario import DAWDLE, ERRORS, Servers, must, must_fail, run

LOST = (sa.exc.DBAPIError,)  # sa.exc.OperationalError with psycopg
driver = None  # the name of the dialect's driver


class Base(orm.DeclarativeBase):
    pass


class Mood(enum.Enum):
    SAD = "sad"
    GLAD = "glad"


class Person(Base):
    __tablename__ = "person"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    name: orm.Mapped[str] = orm.mapped_column(unique=True)
    letters: orm.Mapped[list["Letter"]] = orm.relationship(back_populates="person", cascade="all, delete-orphan")


class Letter(Base):
    __tablename__ = "letter"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    person_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("person.id"))
    text: orm.Mapped[str]
    person: orm.Mapped[Person] = orm.relationship(back_populates="letters")


class Typed(Base):
    __tablename__ = "typed"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    truth: orm.Mapped[bool]
    big: orm.Mapped[int] = orm.mapped_column(sa.BigInteger)
    exact: orm.Mapped[decimal.Decimal] = orm.mapped_column(sa.Numeric(20, 5))
    near: orm.Mapped[float]
    text: orm.Mapped[str]
    raw: orm.Mapped[bytes]
    day: orm.Mapped[datetime.date]
    at: orm.Mapped[datetime.datetime] = orm.mapped_column(sa.DateTime(timezone=True))
    long: orm.Mapped[datetime.timedelta]
    key: orm.Mapped[uuid.UUID]
    mood: orm.Mapped[Mood] = orm.mapped_column(sa.Enum(Mood, name="mood_of_sqlalchemy"))
    numbers: orm.Mapped[list[int]] = orm.mapped_column(sa.ARRAY(sa.Integer))
    document: orm.Mapped[dict] = orm.mapped_column(pg.JSONB)
    span: orm.Mapped[pg.Range[int]] = orm.mapped_column(pg.INT4RANGE)
    nothing: orm.Mapped[str | None]


def with_engine(do, password=None, arguments=None, **more):
    """Gives `do` an engine; it may open any number of connections."""
    url = sa.URL.create(f"postgresql+{driver}", os.environ["PGUSER"], password or os.environ["PGPASSWORD"],
                        os.environ["PGHOST"], int(os.environ["PGPORT"]), os.environ["PGDATABASE"])  # fmt: skip
    more.setdefault("poolclass", NullPool)
    more["connect_args"] = arguments or {}
    if driver != "asyncpg":
        engine = sa.create_engine(url, **more)
        try:
            return do(engine)
        finally:
            engine.dispose()

    async def within_loop():
        engine = async_engine_from_config({"sqlalchemy.url": url}, **more)
        try:
            # a connection gives us the place where synchronous code may wait
            return await sa.util.greenlet_spawn(do, engine.sync_engine)
        finally:
            await engine.dispose()

    return asyncio.run(within_loop())


def with_connection(do, autocommit=True, **more):
    if autocommit:
        more["isolation_level"] = "AUTOCOMMIT"

    def within(engine):
        with engine.connect() as c:
            return do(c)

    return with_engine(within, **more)


def one(c, statement, **values):
    return c.execute(sa.text(statement), values).scalar_one()


def every(c, *statements):
    for statement in statements:
        c.exec_driver_sql(statement)


def usable(c):
    must("afterwards", one(c, "select 'still ' || cast(:word as text)", word="here"), "still here")


def settings(**parameters):
    """What the driver wants to hear of parameters of the startup packet."""
    if driver == "asyncpg":
        return {"server_settings": parameters}
    return {"options": " ".join(f"-c {name}={value}" for name, value in parameters.items())}


def login():
    with_connection(lambda c: must("user", one(c, "select cast(current_user as text)"), "driver"))
    try:
        with_connection(usable, password="wrong")
    except Exception as e:
        must(f"wrong password: {e}", "password authentication failed" in str(e), True)
    else:
        raise AssertionError("a wrong password was taken")


def startup():
    def schemas(c):
        for i in range(4):
            every(c, f"create schema if not exists s{i}", f"drop table if exists s{i}.place",
                  f"create table s{i}.place as select 's{i}' as name")  # fmt: skip

    def client(i):
        def ask(c):
            for _ in range(40):
                got = c.execute(sa.text("select name, current_setting('statement_timeout') from place")).one()
                must("settings", tuple(got), (f"s{i % 4}", f"{20001 + i}ms"))

        with_connection(ask, arguments=settings(search_path=f"s{i % 4}", statement_timeout=str(20001 + i)))

    with_connection(schemas)
    scenario.concurrently(8, client)


def prepared():
    servers = Servers()

    def client(connection):
        def ask(c):
            for i in range(80):
                question = connection * 1000 + i
                text = f"select {i % 7}, cast(:question as int4) * 2, pg_backend_pid() /* {i % 7} */{DAWDLE}"
                statement, answer, pid = c.execute(sa.text(text), {"question": question}).one()
                must("answer", (statement, answer), (i % 7, question * 2))
                servers.add(connection, pid)

        if driver == "asyncpg":
            arguments = {"prepared_statement_cache_size": (100, 3, 0)[connection % 3]}
        else:
            arguments = {"prepare_threshold": (0, 3, None)[connection % 3]}
        with_connection(ask, arguments=arguments)

    scenario.concurrently(8, client)
    servers.check()


def created(c):
    every(c, "drop table if exists letter, person, typed", "drop type if exists mood_of_sqlalchemy")
    Base.metadata.create_all(c)


def batch():
    def insert(engine):
        with engine.begin() as c:
            created(c)
        with orm.Session(engine) as session, session.begin():
            # RETURNING brings the keys; SQLAlchemy sends them a thousand rows at a time
            people = [Person(name=f"person {n}", letters=[Letter(text=f"to {n}")]) for n in range(1500)]
            session.add_all(people)
        with engine.begin() as c:
            keys = c.execute(sa.insert(Person).returning(Person.id, Person.name), [{"name": f"q {n}"} for n in range(700)])
            must("keys", {row.name for row in keys}, {f"q {n}" for n in range(700)})
            c.execute(sa.update(Letter).where(Letter.text == sa.bindparam("old")).values(text=sa.bindparam("new")),
                      [{"old": f"to {n}", "new": f"for {n}"} for n in range(300)])  # fmt: skip
        with orm.Session(engine) as session:
            found = session.scalars(sa.select(Person).options(orm.selectinload(Person.letters)).where(Person.name.like("person %")))
            answers = {person.name: [letter.text for letter in person.letters] for person in found}
            must("letters", answers, {f"person {n}": [f"{'for' if n < 300 else 'to'} {n}"] for n in range(1500)})

    with_engine(insert, poolclass=None)


def batch_error():
    def fail(engine):
        with engine.begin() as c:
            created(c)
        for _ in range(5):
            with orm.Session(engine) as session:
                session.add_all([Person(name=f"person {n % 400}") for n in range(500)])
                must_fail("a name twice", "23505", session.commit)
                session.rollback()
                must("people", session.scalar(sa.select(sa.func.count()).select_from(Person)), 0)
            with engine.connect() as c:
                rows = [{"n": n} for n in [*range(1, 50), 0, *range(50, 99)]]
                insert = sa.text("insert into person (name) select cast(:n as int4) + 0 / cast(:n as int4)")
                must_fail("burst", "22012", lambda: c.execute(insert, rows))
                c.rollback()
                usable(c)

    with_engine(fail, poolclass=None)


def timeout():
    def own_limit(c):
        every(c, "set local statement_timeout = 50")
        must_fail("statement_timeout", "57014", lambda: one(c, "select pg_sleep(30)"))
        c.rollback()
        one(c, "select pg_sleep(0.1)")

    def of_pool(engine):
        with engine.connect():
            must_fail("the pool's limit", sa.exc.TimeoutError, engine.connect)
        with engine.connect() as c:
            usable(c)

    with_connection(own_limit, autocommit=False)
    with_engine(of_pool, poolclass=None, pool_size=1, max_overflow=0, pool_timeout=0.1)


def errors():
    def ask(engine):
        with engine.begin() as c:
            every(c, "drop table if exists keyed", "create table keyed (id int4 primary key)", "insert into keyed values (1)")
        for text, state in ERRORS.items():
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as c:
                must_fail(text, state, lambda: c.exec_driver_sql(text))
                usable(c)
            with engine.connect() as c:
                must_fail(text, state, lambda: c.exec_driver_sql(text))
                must_fail("failed transaction", "25P02", lambda: one(c, "select 1"))
                c.rollback()
                usable(c)

    with_engine(ask, poolclass=None)


def reconnect():
    def lose(engine):
        for n in range(3):
            with engine.connect() as c, engine.connect() as other:
                pid = one(c, "select pg_backend_pid()")
                one(other, "select pg_terminate_backend(:pid, 5000)", pid=pid)
                must_fail("a terminated server", LOST, lambda: one(c, "select 1"))
                must("invalidated", c.invalidated, True)
            with engine.connect() as c:
                must("afterwards", one(c, "select cast(:n as int4)", n=n), n)

    with_engine(lose, poolclass=None, pool_pre_ping=True)


def transactions():
    def nest(engine):
        with engine.begin() as c:
            created(c)
        with engine.connect() as other:

            def seen(rows):
                must("seen by another", other.scalar(sa.select(sa.func.count()).select_from(Person)), rows)
                other.rollback()

            with orm.Session(engine.execution_options(isolation_level="SERIALIZABLE")) as session:
                must("isolation", session.scalar(sa.text("show transaction_isolation")), "serializable")
                session.add(Person(name="one"))
                session.flush()
                try:
                    with session.begin_nested():
                        session.add(Person(name="one"))
                        session.flush()
                except sa.exc.IntegrityError:
                    session.add(Person(name="two"))
                session.flush()
                seen(0)
                session.commit()
                seen(2)
                session.delete(session.scalars(sa.select(Person).where(Person.name == "one").with_for_update()).one())
                session.flush()
                session.rollback()
                seen(2)

    with_engine(nest, poolclass=None)


def large():
    def ask(c):
        for size in (1, 8191, 8192, 65536, 1 << 20, 8 << 20):
            sent = "x" * (size - 1) + "!"
            asked = sa.select(sa.literal(sent, sa.Text), sa.literal(sent.encode(), sa.LargeBinary))
            text, raw = c.execute(asked).one()
            must(f"{size} bytes", text == sent and bytes(raw) == sent.encode(), True)
        rows = c.execute(sa.text("select i, repeat(chr(97 + i % 26), 100000) from generate_series(1, 100) i")).all()
        must("rows", [i for i, _ in rows], list(range(1, 101)))
        must("texts", all(text == chr(97 + i % 26) * 100000 for i, text in rows), True)

    with_connection(ask)


def types():
    values = dict(
        truth=True, big=-(2**63), exact=decimal.Decimal("123456789.00001"), near=3.141592653589793,
        text="a ' \" \\ : % \u20ac \U0001F600 \n", raw=b"\0\1\xff\\", day=datetime.date(2026, 2, 28),
        at=datetime.datetime(2026, 11, 24, 12, 34, 56, 789, datetime.timezone.utc),
        long=datetime.timedelta(days=2, microseconds=1000001), key=uuid.UUID(int=7), mood=Mood.GLAD, numbers=[1, 2, 3],
        document={"a": [1.5, "x", None]}, span=pg.Range(1, 9, bounds="[)"), nothing=None,
    )  # fmt: skip

    def ask(engine):
        with engine.begin() as c:
            created(c)
        with orm.Session(engine) as session, session.begin():
            session.add_all([Typed(**values), Typed(**values)])
        with orm.Session(engine) as session:
            for name, value in values.items():
                column = getattr(Typed, name)
                found = session.scalars(sa.select(Typed).where(column == value if value is not None else column.is_(None))).all()
                must(name, [getattr(row, name) for row in found], [value, value])
                session.expunge_all()

    with_engine(ask, poolclass=None)


def cursor():
    def ask(engine):
        with engine.connect() as c:
            asked = sa.text("select i from generate_series(1, cast(:n as int4)) i")
            numbers = c.execution_options(yield_per=70).execute(asked, {"n": 1000})
            must("rows", list(numbers.scalars()), list(range(1, 1001)))
            with c.execution_options(stream_results=True).execute(asked, {"n": 1000000}) as left:
                must("part", [row[0] for row in left.fetchmany(5)], [1, 2, 3, 4, 5])
            usable(c)

    with_engine(ask)


def of(name):
    global driver
    driver = name
    run({
        "login": login, "startup": startup, "prepared": prepared, "batch": batch, "batch-error": batch_error, "timeout": timeout,
        "errors": errors, "reconnect": reconnect, "transactions": transactions, "large": large, "types": types, "cursor": cursor,
    })  # fmt: skip
