// Scenarios of TypeORM about statements: values, many at once, entities there and back, and rows by parts.
import { randomUUID } from 'node:crypto'
import { concurrently, DAWDLE, must, mustFail, Servers, SIZES } from '../scenario.js'
import { connected, Letter, Person, sourced, Typed, usable } from './source.js'

export async function prepared() {
  const servers = new Servers()
  await sourced({}, async (source) => {
    await source.synchronize(true)
    await source.getRepository(Person).insert(Array.from({ length: 7 }, (_, n) => ({ name: `person ${n}` })))
    await concurrently(8, (connection) => connected(source, async (runner) => {
      for (let i = 0; i < 50; i++) {
        const question = connection * 1000 + i
        const [{ statement, answer, pid }] = await runner.query(
          `select ${i % 7} as statement, $1::int4 * 2 as answer, pg_backend_pid() as pid /* ${i % 7} */${DAWDLE}`, [question])
        must('answer', [statement, answer], [i % 7, question * 2])
        servers.add(`${connection}`, pid)
        const found = await runner.manager.findOneByOrFail(Person, { name: `person ${i % 7}` })
        must('person', found.name, `person ${i % 7}`)
      }
    }))
  })
  servers.check()
}

export async function batch() {
  await sourced({}, async (source) => {
    await source.synchronize(true)
    const people = source.getRepository(Person)
    const many = Array.from({ length: 1500 }, (_, n) => ({ name: `person ${n}`, letters: [{ text: `to person ${n}` }] }))
    await people.save(many, { chunk: 400 })
    const some = await people.find({ take: 300, order: { id: 'ASC' } })
    await people.save(some.map((person) => ({ ...person, name: `${person.name}!` })), { chunk: 100 })
    const found = await people.find({ relations: { letters: true } })
    must('people', found.length, 1500)
    for (const { name, letters } of found) must('letter', letters.map(({ text }) => text), [`to ${name.replace('!', '')}`])
    must('changed', found.filter(({ version }) => version === 2).length, 300)
    await people.upsert([{ name: 'person 1000' }, { name: 'one more' }], ['name'])
    must('people', await people.count(), 1501)
    await people.delete(some.map(({ id }) => id))
    must('letters', await source.getRepository(Letter).count(), 1200)
    // all are on their way at once, over as many connections as the pool has
    const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => source.query('select $1::int4 as n', [n])))
    must('answers', answers.map(([{ n }]) => n), Array.from({ length: 100 }, (_, n) => n))
  })
}

export async function batchError() {
  await sourced({}, async (source) => {
    await source.synchronize(true)
    const people = source.getRepository(Person)
    for (let round = 0; round < 5; round++) {
      const twice = Array.from({ length: 500 }, (_, n) => ({ name: `person ${n % 400}` }))
      await mustFail('a name twice', '23505', people.save(twice, { chunk: 100 }))
      await mustFail('a name twice', '23505', people.insert(twice))
      must('people', await people.count(), 0)
      await mustFail('many in one query', '22012', source.query(`insert into person (name, version) values ('x', 1); select 1/0`))
      must('people', await people.count(), 0)
      await usable(source)
    }
  })
}

export async function large() {
  await sourced({}, async (source) => {
    for (const size of SIZES) {
      const text = 'x'.repeat(size - 1) + '!'
      const [back] = await source.query('select $1::text as text, $2::bytea as bytes', [text, Buffer.from(text)])
      must(`${size} bytes`, back.text === text && back.bytes.equals(Buffer.from(text)), true)
    }
    const rows = await source.query('select i, repeat(chr(97 + i % 26), 100000) as text from generate_series(1, 100) i')
    must('rows', rows.length, 100)
    rows.forEach(({ i, text }, n) => must('row', i === n + 1 && text === String.fromCharCode(97 + i % 26).repeat(100000), true))
  })
}

// As TypeORM reads them: what does not fit into a number stays text.
const VALUES = {
  truth: true, small: -32768, big: '-9223372036854775808', exact: '123456789.00001', near: 3.141592653589793,
  text: 'a \' " \\ : \u20ac \u{1F600} \n', day: '2026-02-28', at: new Date(Date.UTC(2026, 10, 24, 12, 34, 56, 789)), numbers: [1, 2, 3],
  words: ['a', 'b,c', '"d"'], document: { a: [1.5, 'x', null] }, span: '[1,9)', address: '10.1.2.3', raw: Buffer.from([0, 1, 255, 92]),
  kind: 'other', nothing: null,
}

export async function types() {
  await sourced({}, async (source) => {
    await source.synchronize(true)
    const typed = source.getRepository(Typed)
    for (let n = 0; n < 3; n++) {
      const id = randomUUID()
      await typed.insert({ id, ...VALUES })
      must('values', { ...await typed.findOneByOrFail({ id }) }, { id, ...VALUES })
      const { text, exact, at, kind } = VALUES
      must('found by its values', await typed.countBy({ id, text, exact, at, kind }), 1)
    }
  })
}

export async function cursor() {
  await sourced({}, async (source) => {
    await source.synchronize(true)
    const names = Array.from({ length: 1000 }, (_, n) => `person ${String(n).padStart(4, '0')}`)
    await source.getRepository(Person).insert(names.map((name) => ({ name })))
    const ordered = (runner) => runner.manager.createQueryBuilder(Person, 'person').select('person.name', 'name').orderBy('person.name')
    await connected(source, async (runner) => {
      const read = []
      for await (const { name } of await ordered(runner).stream()) read.push(name)
      must('names', read, names)
      const first = []
      for await (const { name } of await ordered(runner).stream()) {
        if (first.push(name) === 50) break
      }
      must('first names', first, names.slice(0, 50))
      await usable(runner)
    })
  })
}
