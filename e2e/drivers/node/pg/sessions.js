// Scenarios of `pg` about connections: their beginning, their limits and their end.
import pg from 'pg'
import { once } from 'node:events'
import { cancelling, concurrently, FAILING, must, mustFail } from '../scenario.js'
import { all, connected, one, row, usable } from './connect.js'

const SLEEP = 'select pg_sleep(30)'

export async function login() {
  await connected({}, async (c) => must('user', await one(c, 'select current_user::text'), c.user))
  await mustFail('wrong password', '28P01', new pg.Client({ password: 'wrong' }).connect())
}

export async function startup() {
  await connected({}, async (c) => {
    for (let i = 0; i < 4; i++) {
      await all(c, `create schema if not exists s${i}`, `drop table if exists s${i}.place`,
        `create table s${i}.place as select 's${i}' as name`)
    }
  })
  await concurrently(8, (i) => {
    const options = {
      application_name: `application ${i}`, options: `-c search_path=s${i % 4}`,
      statement_timeout: 20001 + i, lock_timeout: 10001 + i, idle_in_transaction_session_timeout: 30001 + i,
    }
    return connected(options, async (c) => {
      for (let n = 0; n < 40; n++) {
        const got = await row(c, `select name, current_setting('application_name'), current_setting('statement_timeout'),
          current_setting('lock_timeout'), current_setting('idle_in_transaction_session_timeout') from place`)
        must('settings', got, [`s${i % 4}`, `application ${i}`, `${20001 + i}ms`, `${10001 + i}ms`, `${30001 + i}ms`])
      }
    })
  })
}

export async function cancel() {
  await concurrently(3, (i) => connected({}, async (c) => {
    for (let n = 0; n < 3; n++) {
      if (i > 0) {
        must('a neighbour', await one(c, 'select $1::int4 from pg_sleep(0.1)', [i * 10 + n]), i * 10 + n)
        continue
      }
      const query = new pg.Query(SLEEP, undefined, () => {})
      const ended = new Promise((resolve, reject) => { query.callback = (e, rows) => (e ? reject(e) : resolve(rows)) })
      c.query(query)
      await mustFail('cancelled', '57014', cancelling(() => new pg.Client().cancel(c, query), ended))
      await usable(c)
    }
  }))
}

export async function timeout() {
  await connected({}, async (c) => {
    await all(c, 'begin', 'set local statement_timeout = 50')
    await mustFail('statement_timeout', '57014', c.query(SLEEP))
    await all(c, 'rollback', 'select pg_sleep(0.1)')
    // pg's own limit gives up waiting, not the statement: what follows is sent after its end
    await mustFail('query_timeout', /Query read timeout/, c.query({ text: 'select pg_sleep(1)', query_timeout: 50 }))
    await usable(c)
  })
  await connected({ statement_timeout: 500 }, async (c) => {
    for (let n = 0; n < 5; n++) await mustFail('statement_timeout', '57014', c.query(SLEEP))
  })
  await connected({ lock_timeout: 50 }, (c) => connected({}, async (other) => {
    await all(other, 'drop table if exists locked', 'create table locked ()', 'begin', 'lock table locked')
    await mustFail('lock_timeout', '55P03', c.query('select from locked'))
    await usable(c)
    await other.query('rollback')
    await c.query('select from locked')
  }))
  await connected({ idle_in_transaction_session_timeout: 50 }, async (c) => {
    await all(c, 'begin', 'select 1') // a pooler may keep a lone BEGIN to itself
    const [failure] = await once(c, 'error')
    must('idle in transaction', failure.code, '25P03')
  })
}

export async function errors() {
  await connected({}, async (c) => {
    await all(c, 'drop table if exists keyed', 'create table keyed (id int4 primary key)', 'insert into keyed values (1)')
    for (const [text, state] of Object.entries(FAILING)) {
      // simple, unnamed, and a name that may or may not have been prepared by then
      for (const how of [{}, { queryMode: 'extended' }, { name: text }, { name: text }]) {
        await mustFail(text, state, c.query({ text, ...how }))
        await usable(c)
        await c.query('begin')
        await mustFail(text, state, c.query({ text, ...how }))
        await mustFail('failed transaction', '25P02', c.query('select 1'))
        await c.query('rollback')
      }
    }
    await usable(c)
  })
}

export async function reconnect() {
  const pool = new pg.Pool({ max: 2 })
  pool.on('error', () => {})
  for (let n = 0; n < 3; n++) {
    const c = await pool.connect()
    c.on('error', () => {})
    await c.query('begin')
    const pid = await one(c, 'select pg_backend_pid()')
    must('terminated', await one(pool, 'select pg_terminate_backend($1, 5000)', [pid]), true)
    await mustFail('a terminated server', /terminat|not queryable|ECONNRESET|closed/, c.query('select 1'))
    c.release(true)
    must('afterwards', await one(pool, 'select $1::int4', [n]), n)
  }
  await pool.end()
}

export async function transactions() {
  await connected({}, (c) => connected({}, async (other) => {
    const seen = async (rows) => must('seen by another', await one(other, 'select count(*)::int4 from kept'), rows)
    await all(c, 'drop table if exists kept', 'create table kept (id int4)',
      'begin isolation level serializable', 'insert into kept values (1)', 'savepoint inner_one', 'insert into kept values (2)')
    await mustFail('division', '22012', c.query('select 1/0'))
    await all(c, 'rollback to savepoint inner_one', 'insert into kept values (3)')
    await seen(0)
    await c.query('commit')
    await seen(2)
    await all(c, 'begin', 'delete from kept', 'rollback')
    await seen(2)
    await c.query('begin read only')
    await mustFail('read only', '25006', c.query('delete from kept'))
    await c.query('rollback')
  }))
}

export async function listen() {
  await connected({}, (c) => connected({}, async (other) => {
    await c.query('listen node_channel')
    for (let n = 0; n < 3; n++) {
      const heard = once(c, 'notification')
      await other.query("select pg_notify('node_channel', $1)", [`message ${n}`])
      const [{ channel, payload }] = await heard
      must('notification', [channel, payload], ['node_channel', `message ${n}`])
    }
    await c.query('unlisten *')
  }))
}
