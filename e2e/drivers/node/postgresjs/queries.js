// Scenarios of `postgres` about statements: prepared, many at once, their values, and rows by parts.
import { concurrently, DAWDLE, must, mustFail, Servers, SIZES } from '../scenario.js'
import { all, connected, usable } from './connect.js'

export async function prepared() {
  const servers = new Servers()
  for (const prepare of [true, false]) {
    await concurrently(8, (connection) => connected({ prepare }, async (sql) => {
      for (let i = 0; i < 70; i++) {
        const question = connection * 1000 + i
        const text = `select ${i % 7}, $1::int4 * 2, pg_backend_pid() /* ${i % 7} */${DAWDLE}`
        const [[statement, answer, pid]] = await sql.unsafe(text, [question], { prepare }).values()
        must('answer', [statement, answer], [i % 7, question * 2])
        servers.add(`${connection} ${prepare}`, pid)
      }
    }))
  }
  servers.check()
}

// postgres sends up to max_pipeline statements before the first is answered, each with its own Sync.
export async function batch() {
  for (const max_pipeline of [100, 7]) {
    await concurrently(4, (connection) => connected({ max_pipeline }, async (sql) => {
      for (let round = 0; round < 3; round++) {
        const answers = await Promise.all(Array.from({ length: 200 }, (_, n) => n % 10 === 9
          ? sql.unsafe(`select ${n + n % 5}, 'q ${connection} ${n}'`).values()
          : sql.unsafe(`select $1::int4 + ${n % 5}, $2::text`, [n, `q ${connection} ${n}`], { prepare: n % 3 > 0 }).values()))
        answers.forEach(([row], n) => must('answer', row, [n + n % 5, `q ${connection} ${n}`]))
      }
      const together = await sql.begin((tx) => Array.from({ length: 50 }, (_, n) => tx`select ${n}::int4 as n`))
      must('in a transaction', together.map(([{ n }]) => n), Array.from({ length: 50 }, (_, n) => n))
      const many = await sql`select 1 as n; select 2 as n; select 3 as n`.simple()
      must('statements of one query', many.map(([{ n }]) => n), [1, 2, 3])
      const rows = Array.from({ length: 500 }, (_, n) => [n, `word ${n}`])
      must('values', (await sql`select * from (values ${sql(rows)}) v (id, word) where word = 'word ' || id`).count, 500)
    }))
  }
}

export async function batchError() {
  await connected({}, (sql) => all(sql, 'drop table if exists skipped', 'create table skipped (n int4)'))
  await concurrently(4, (connection) => connected({}, async (sql) => {
    for (let n = 0; n < 10; n++) {
      const burst = [
        sql`select ${n}::int4 as n`, sql`selec ${n}`, sql`select 1 / ${0}::int4 as n`, sql`select 1 / ${1}::int4 as n`,
        sql`select 1/0`, sql`select ${n + 1}::int4 as n`,
      ]
      const ended = await Promise.allSettled(burst)
      must('answers', ended.map((one) => one.reason?.code ?? one.value[0].n), [n, '42601', '22012', 1, '22012', n + 1])
      await mustFail('in a transaction', '22012', sql.begin((tx) => [
        tx`insert into skipped values (${connection})`, tx`select 1/0`, tx`insert into skipped values (${n})`,
      ]))
      await mustFail('many in one query', '22012', sql.unsafe(`insert into skipped values (${n}); select 1/0; select 3`))
      await usable(sql)
    }
    must('statements that were taken back', (await sql`select count(*)::int4 as n from skipped`)[0].n, 0)
  }))
}

export async function large() {
  await connected({}, async (sql) => {
    for (const size of SIZES) {
      const text = 'x'.repeat(size - 1) + '!'
      const [[back, bytes]] = await sql`select ${text}::text, ${Buffer.from(text)}::bytea`.values()
      must(`${size} bytes`, back === text && bytes.equals(Buffer.from(text)), true)
    }
    let n = 0
    await sql`select i, repeat(chr(97 + i % 26), 100000) as text from generate_series(1, 100) i`.forEach(({ i, text }) => {
      must('row', i === ++n && text === String.fromCharCode(97 + i % 26).repeat(100000), true)
    })
    must('rows', n, 100)
    await largeObject(sql)
  })
}

async function largeObject(sql) {
  const bytes = Buffer.alloc(300_000, 'abc')
  const object = await sql.largeObject()
  await object.write(bytes)
  await object.seek(100_000)
  const [{ data }] = await object.read(100_000)
  must('large object', data.equals(bytes.subarray(100_000, 200_000)), true)
  await object.close()
  await usable(sql)
}

// As postgres reads them: what does not fit into a number stays text, and so does what it has no type for.
const VALUES = {
  bool: true, int2: -32768, int4: 2 ** 31 - 1, int8: '-9223372036854775808', float4: 1.5, float8: 3.141592653589793,
  numeric: '123456789.00001', text: 'a \' " \\ \u20ac \u{1F600} \n', 'varchar(20)': 'twenty', bytea: Buffer.from([0, 1, 255, 92]),
  timestamptz: new Date(Date.UTC(2026, 10, 24, 12, 34, 56, 789)), uuid: '01234567-89ab-cdef-0123-456789abcdef',
  'int4[]': [1, 2, 3], 'text[]': ['a', 'b,c', '"d"'], 'int4[][]': [[1, 2], [3, 4]], inet: '10.1.2.3', cidr: '10.0.0.0/8',
  int4range: '[1,9)', jsonb: { a: [1.5, 'x', null] }, time: '12:34:56.789',
}

export async function types() {
  await connected({}, async (sql) => {
    for (const prepare of [false, true, true]) {
      for (const [kind, value] of Object.entries(VALUES)) {
        const there = async (sent) => (await sql.unsafe(`select $1::${kind}`, [sent], { prepare }).values())[0][0]
        must(kind, await there(value), value)
        must('null', await there(null), null)
      }
    }
    const described = await sql`select ${1}::int4 as a, ${'x'}::text as b`.describe()
    must('described', [described.types, described.columns.map(({ name, type }) => [name, type])], [[23, 25], [['a', 23], ['b', 25]]])
  })
}

// Outside of a transaction, too: postgres sends no Sync before the last row.
export async function cursor() {
  await concurrently(4, (connection) => connected({}, async (sql) => {
    for (let round = 0; round < 3; round++) {
      await walk(sql, connection)
      await sql.begin((tx) => walk(tx, connection))
    }
    // the last, as postgres mixes up what follows an error behind rows
    await mustFail('error in a later part', '22012', sql`select 1/(500 - i) from generate_series(1, 1000) i`.cursor(100, () => {}))
  }))
}

async function walk(sql, connection) {
  let n = 0
  for await (const rows of sql`select ${connection * 10000}::int4 + i as i from generate_series(1, 1000) i`.cursor(70)) {
    for (const { i } of rows) must('row', i, connection * 10000 + ++n)
  }
  must('rows', n, 1000)
  for await (const [{ i }] of sql`select generate_series(1, ${1000000}::int4) as i`.cursor()) {
    if (i === 10) break
  }
  await usable(sql)
}
