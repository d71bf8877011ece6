// Scenarios of `pg` about statements: prepared, many at once, their values, and rows by parts with `pg-cursor` and
// `pg-query-stream`.
import Cursor from 'pg-cursor'
import QueryStream from 'pg-query-stream'
import { concurrently, DAWDLE, must, mustFail, Servers, SIZES } from '../scenario.js'
import { all, connected, one, row, usable } from './connect.js'

export async function prepared() {
  const servers = new Servers()
  for (const pipeline of [false, true]) {
    for (const named of [false, true]) {
      await concurrently(8, (connection) => connected({ pipeline }, async (c) => {
        for (let i = 0; i < 50; i++) {
          const question = connection * 1000 + i
          const text = `select ${i % 7}, $1::int4 * 2, pg_backend_pid() /* ${i % 7} */${DAWDLE}`
          const [statement, answer, pid] = await row(c, text, [question], named ? { name: `statement ${i % 7}` } : {})
          must('answer', [statement, answer], [i % 7, question * 2])
          servers.add(`${connection} ${pipeline} ${named}`, pid)
        }
      }))
    }
  }
  servers.check()
}

export async function batch() {
  await concurrently(4, (connection) => connected({ pipeline: true }, async (c) => {
    for (let round = 0; round < 3; round++) {
      // all are on their way before the first is answered: simple ones, unnamed ones and named ones
      const answers = Array.from({ length: 100 }, (_, n) => {
        const question = `q ${connection} ${n}`
        if (n % 10 === 9) return row(c, `select ${n + n % 5}, '${question}'`)
        return row(c, `select $1::int4 + ${n % 5}, $2::text`, [n, question], n % 2 ? { name: `n ${n % 5}` } : {})
      })
      for (const [n, answer] of answers.entries()) must('answer', await answer, [n + n % 5, `q ${connection} ${n}`])
    }
    const many = await c.query({ text: 'select 1; select 2; select 3', rowMode: 'array' })
    must('statements of one query', many.map((result) => result.rows[0][0]), [1, 2, 3])
  }))
}

export async function batchError() {
  await connected({}, (c) => all(c, 'drop table if exists skipped', 'create table skipped (n int4)'))
  await concurrently(4, (connection) => connected({ pipeline: true }, async (c) => {
    for (let n = 0; n < 10; n++) {
      // each has its own Sync, so the neighbours of one that fails are answered
      const [first, parse, divided, sameName, last, burst] = [
        one(c, 'select $1::int4', [n], { name: 'first' }),
        c.query({ text: 'selec $1', values: [n], name: `bad ${n}` }),
        c.query({ text: 'select 1 / $1::int4', values: [0], name: 'divided' }),
        one(c, 'select 1 / $1::int4', [1], { name: 'divided' }),
        one(c, 'select $1::int4 + 1', [n]),
        c.query(`insert into skipped values (${n}); select 1/0; insert into skipped values (${connection})`),
      ].map((answer) => { answer.catch(() => {}); return answer })
      must('before the errors', await first, n)
      await mustFail('parse', '42601', parse)
      await mustFail('division', '22012', divided)
      must('the same statement', await sameName, 1)
      must('after the errors', await last, n + 1)
      await mustFail('many in one query', '22012', burst)
      await usable(c)
    }
    must('statements that were taken back', await one(c, 'select count(*)::int4 from skipped'), 0)
  }))
}

export async function large() {
  await connected({}, async (c) => {
    for (const size of SIZES) {
      const text = 'x'.repeat(size - 1) + '!'
      const [back, bytes] = await row(c, 'select $1::text, $2::bytea', [text, Buffer.from(text)])
      must(`${size} bytes`, back === text && bytes.equals(Buffer.from(text)), true)
    }
    const { rows } = await c.query("select i, repeat(chr(97 + i % 26), 100000) as text from generate_series(1, 100) i")
    must('rows', rows.length, 100)
    rows.forEach(({ i, text }, n) => must('row', i === n + 1 && text === String.fromCharCode(97 + i % 26).repeat(100000), true))
  })
}

// As pg reads them: what does not fit into a number stays text. Not in its binary format, as it reads all fields as UTF-8.
const VALUES = {
  bool: true, int2: -32768, int4: 2 ** 31 - 1, int8: '-9223372036854775808', float4: 1.5, float8: 3.141592653589793,
  numeric: '123456789.00001', text: 'a \' " \\ \u20ac \u{1F600} \n', 'varchar(20)': 'twenty', bytea: Buffer.from([0, 1, 255, 92]),
  timestamptz: new Date(Date.UTC(2026, 10, 24, 12, 34, 56, 789)), uuid: '01234567-89ab-cdef-0123-456789abcdef',
  'int4[]': [1, 2, 3], 'text[]': ['a', 'b,c', '"d"', null], 'int4[][]': [[1, 2], [3, 4]], inet: '10.1.2.3', cidr: '10.0.0.0/8',
  int4range: '[1,9)', jsonb: { a: [1.5, 'x', null] }, point: { x: 1, y: 2.5 }, time: '12:34:56.789',
}

export async function types() {
  await connected({}, async (c) => {
    for (const name of [undefined, 'named', 'named']) {
      for (const [kind, value] of Object.entries(VALUES)) {
        const how = { name: name && `${name} ${kind}` }
        const sent = kind === 'point' ? `(${value.x},${value.y})` : value
        must(kind, await one(c, `select $1::${kind}`, [sent], how), value)
        must('null', await one(c, `select $1::${kind}`, [null], how), null)
      }
    }
  })
}

// Outside of a transaction, too: pg-cursor sends no Sync before the last row.
export async function cursor() {
  await concurrently(4, (connection) => connected({}, async (c) => {
    for (const transaction of [false, true]) {
      if (transaction) await c.query('begin')
      const numbers = c.query(new Cursor('select $1::int4 + i as i from generate_series(1, 1000) i', [connection * 10000]))
      let n = 0
      for (;;) {
        const rows = await numbers.read(70)
        for (const { i } of rows) must('row', i, connection * 10000 + ++n)
        if (!rows.length) break
      }
      must('rows', n, 1000)
      await leaveEarly(c)
      if (transaction) await c.query('commit')
    }
    await streamed(c)
    const failing = c.query(new Cursor('select 1/(500 - i) from generate_series(1, 1000) i'))
    must('before the error', (await failing.read(100)).length, 100)
    await mustFail('error in a later part', '22012', failing.read(1000))
    await usable(c)
    must('rows option', (await c.query({ text: 'select generate_series(1, $1::int4)', values: [1000], rows: 70 })).rows.length, 1000)
    await usable(c)
  }))
}

async function leaveEarly(c) {
  const left = c.query(new Cursor('select generate_series(1, 1000000)'))
  must('part', (await left.read(10)).length, 10)
  await left.close()
  await usable(c)
}

async function streamed(c) {
  let n = 0
  for await (const { i } of c.query(new QueryStream('select i from generate_series(1, $1::int4) i', [5000], { batchSize: 90 }))) {
    must('row', i, ++n)
  }
  must('rows', n, 5000)
  for await (const { i } of c.query(new QueryStream('select generate_series(1, 1000000) as i'))) {
    if (i === 50) break
  }
  await usable(c)
}
