// Scenarios of TypeORM about connections and transactions.
import { concurrently, FAILING, must, mustFail } from '../scenario.js'
import { all, connected, one, Person, sourced, usable } from './source.js'

const SLEEP = 'select pg_sleep(30)'

export async function login() {
  await sourced({}, async (source) => must('user', await one(source, 'select current_user::text'), process.env.PGUSER))
  await mustFail('wrong password', '28P01', sourced({}, async () => {}, { password: 'wrong' }))
}

export async function startup() {
  await sourced({}, async (source) => {
    for (let i = 0; i < 4; i++) {
      await all(source, `create schema if not exists s${i}`, `drop table if exists s${i}.place`,
        `create table s${i}.place as select 's${i}' as name`)
    }
  })
  await concurrently(8, (i) => {
    const extra = { options: `-c search_path=s${i % 4}`, statement_timeout: 20001 + i }
    return sourced(extra, async (source) => {
      for (let n = 0; n < 40; n++) {
        const [got] = await source.query(`select name, current_setting('application_name') as application,
          current_setting('statement_timeout') as timeout from place`)
        must('settings', got, { name: `s${i % 4}`, application: `application ${i}`, timeout: `${20001 + i}ms` })
      }
    }, { applicationName: `application ${i}`, poolSize: 2 })
  })
}

export async function timeout() {
  await sourced({}, async (source) => {
    await mustFail('statement_timeout', '57014', source.transaction(async (inside) => {
      await all(inside, 'set local statement_timeout = 50', SLEEP)
    }))
    await source.query('select pg_sleep(0.1)')
    await usable(source)
  })
  await sourced({ statement_timeout: 500 }, async (source) => {
    for (let n = 0; n < 5; n++) await mustFail('statement_timeout', '57014', source.query(SLEEP))
    await source.query('select 1')
  })
  // pg's own limit gives up waiting, not the statement
  await sourced({ query_timeout: 300 }, async (source) => {
    await mustFail('query_timeout', /Query read timeout/, source.query('select pg_sleep(1)'))
  })
}

export async function errors() {
  await sourced({}, async (source) => {
    await all(source, 'drop table if exists keyed', 'create table keyed (id int4 primary key)', 'insert into keyed values (1)')
    for (const [text, state] of Object.entries(FAILING)) {
      for (let n = 0; n < 3; n++) await mustFail(text, state, source.query(text))
      await usable(source)
      await mustFail('failed transaction', '25P02', source.transaction(async (inside) => {
        await mustFail(text, state, inside.query(text))
        await inside.query('select 1')
      }))
    }
    await usable(source)
  })
}

export async function reconnect() {
  await sourced({}, async (source) => {
    for (let n = 0; n < 3; n++) {
      await connected(source, async (runner) => {
        await runner.startTransaction()
        const pid = await one(runner, 'select pg_backend_pid()')
        must('terminated', await one(source, 'select pg_terminate_backend($1, 5000)', [pid]), true)
        await mustFail('a terminated server', /terminat|not queryable|ECONNRESET|closed|already released/, runner.query('select 1'))
      })
      must('afterwards', await one(source, 'select $1::int4', [n]), n)
    }
  })
}

export async function transactions() {
  await sourced({}, async (source) => {
    await source.synchronize(true)
    const people = source.getRepository(Person)
    const seen = async (rows) => must('seen by another', await people.count(), rows)
    await source.transaction('SERIALIZABLE', async (inside) => {
      await inside.save(Person, { name: 'one' })
      // a transaction inside is a savepoint
      await mustFail('a name twice', '23505', inside.transaction((inner) => inner.insert(Person, { name: 'one' })))
      await inside.save(Person, { name: 'two' })
      await seen(0)
    })
    await seen(2)
    await mustFail('given up', /given up/, source.transaction(async (inside) => {
      await inside.delete(Person, { name: 'one' })
      throw new Error('given up')
    }))
    await seen(2)
    await source.transaction(async (inside) => {
      const locked = await inside.findOneOrFail(Person, { where: { name: 'one' }, lock: { mode: 'pessimistic_write' } })
      await inside.save(Person, { ...locked, name: 'uno' })
    })
    must('version', (await people.findOneByOrFail({ name: 'uno' })).version, 2)
  })
}
