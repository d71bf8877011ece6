// Scenarios of `postgres` about connections: their beginning, their limits and their end.
import { setTimeout as after } from 'node:timers/promises'
import { concurrently, FAILING, must, mustFail } from '../scenario.js'
import { all, connected, usable } from './connect.js'

// Were it not for the server, which ends the connection.
const forEver = () => new Promise(() => {})

// Without those that have sent rows: postgres does not forget how many when the error comes, and mixes up the next result.
const FAILING_AT_ONCE = Object.entries(FAILING).filter(([text]) => !text.includes('generate_series'))

export async function login() {
  await connected({}, async (sql) => must('user', (await sql`select current_user::text as me`)[0].me, sql.options.user))
  await connected({ password: 'wrong' }, (sql) => mustFail('wrong password', '28P01', sql`select 1`))
}

export async function startup() {
  await connected({}, async (sql) => {
    for (let i = 0; i < 4; i++) {
      await all(sql, `create schema if not exists s${i}`, `drop table if exists s${i}.place`,
        `create table s${i}.place as select 's${i}' as name`)
    }
  })
  await concurrently(8, (i) => {
    const connection = { application_name: `application ${i}`, search_path: `s${i % 4}`, statement_timeout: 20001 + i }
    return connected({ connection }, async (sql) => {
      for (let n = 0; n < 40; n++) {
        const [got] = await sql`select name, current_setting('application_name'), current_setting('statement_timeout') from place`.values()
        must('settings', got, [`s${i % 4}`, `application ${i}`, `${20001 + i}ms`])
      }
    })
  })
}

export async function cancel() {
  await concurrently(3, (i) => connected({}, async (sql) => {
    for (let n = 0; n < 3; n++) {
      if (i > 0) {
        must('a neighbour', (await sql`select ${i * 10 + n}::int4 as answer from pg_sleep(0.1)`)[0].answer, i * 10 + n)
      } else {
        await cancelled(sql)
        await usable(sql)
      }
    }
  }))
}

// A query of postgres can be cancelled once, and a request that comes before the statement is lost.
async function cancelled(sql) {
  const query = sql`select pg_sleep(30)`
  const ended = mustFail('cancelled', '57014', query)
  await running()
  query.cancel()
  await ended
}

// Waits until another connection sees that the long sleep runs.
async function running() {
  await connected({}, async (sql) => {
    const seen = () => sql`select from pg_stat_activity
      where query = 'select pg_sleep(30)' and state = 'active' and datname = current_database()`
    while ((await seen()).length === 0) await after(20)
  })
}

export async function timeout() {
  await connected({}, async (sql) => {
    await mustFail('statement_timeout', '57014', sql.begin(async (tx) => {
      await tx`set local statement_timeout = 50`
      await tx`select pg_sleep(30)`
    }))
    await sql`select pg_sleep(0.1)`
  })
  await connected({ connection: { statement_timeout: 500 } }, async (sql) => {
    for (let n = 0; n < 5; n++) await mustFail('statement_timeout', '57014', sql`select pg_sleep(30)`)
  })
  await connected({ connection: { idle_in_transaction_session_timeout: 50 } }, async (sql) => {
    await mustFail('idle in transaction', /idle-in-transaction|CONNECTION_/, sql.begin(async (tx) => {
      await tx`select 1`
      await forEver()
    }))
    await usable(sql) // on another connection
  })
}

export async function errors() {
  await connected({}, async (sql) => {
    await all(sql, 'drop table if exists keyed', 'create table keyed (id int4 primary key)', 'insert into keyed values (1)')
    for (const [text, state] of FAILING_AT_ONCE) {
      for (const how of [{ simple: true }, { prepare: false, simple: false }, { prepare: true, simple: false }, { prepare: true, simple: false }]) {
        await mustFail(text, state, sql.unsafe(text, [], how))
        await usable(sql)
        await mustFail(text, state, sql.begin(async (tx) => {
          await mustFail(text, state, tx.unsafe(text, [], how))
          await mustFail('failed transaction', '25P02', tx`select 1`)
        }))
      }
    }
    await mustFail('describe', '42P01', sql`select * from nowhere where id = ${1}`.describe())
    await usable(sql)
  })
}

export async function reconnect() {
  await connected({ max: 2 }, async (sql) => {
    for (let n = 0; n < 3; n++) {
      await mustFail('a terminated server', /terminat|CONNECTION_|ECONNRESET/, sql.begin(async (tx) => {
        const [{ pid }] = await tx`select pg_backend_pid() as pid`
        must('terminated', (await sql`select pg_terminate_backend(${pid}, 5000) as done`)[0].done, true)
        await forEver() // whatever else tx is told, postgres sends on the next connection
      }))
      must('afterwards', (await sql`select ${n}::int4 as n`)[0].n, n)
    }
  })
  // by itself, too: each of these is asked on a new connection
  await connected({ idle_timeout: 0.02, backoff: 0 }, async (sql) => {
    for (let n = 0; n < 5; n++) {
      must('after the idle_timeout', (await sql`select ${n}::int4 as n`)[0].n, n)
      await after(60)
    }
  })
}

export async function transactions() {
  await connected({}, (sql) => connected({}, async (other) => {
    const seen = async (rows) => must('seen by another', (await other`select count(*)::int4 as n from kept`)[0].n, rows)
    await all(sql, 'drop table if exists kept', 'create table kept (id int4)')
    await sql.begin('isolation level serializable', async (tx) => {
      await tx`insert into kept values (${1})`
      await mustFail('division', '22012', tx.savepoint(async (inner) => {
        await inner`insert into kept values (${2})`
        await inner`select 1/0`
      }))
      await tx`insert into kept values (${3})`
      await seen(0)
    })
    await seen(2)
    await mustFail('own failure', /taken back/, sql.begin(async (tx) => {
      await tx`delete from kept`
      throw new Error('taken back')
    }))
    await seen(2)
    await mustFail('read only', '25006', sql.begin('read only', (tx) => tx`delete from kept`))
    await usable(sql)
  }))
}

export async function listen() {
  await connected({}, async (sql) => {
    const heard = []
    let wake
    const { unlisten } = await sql.listen('postgresjs_channel', (payload) => { heard.push(payload); wake() })
    for (let n = 0; n < 3; n++) {
      const told = new Promise((resolve) => { wake = resolve })
      await sql.notify('postgresjs_channel', `message ${n}`)
      await told
      must('notification', heard.at(-1), `message ${n}`)
    }
    await unlisten()
  })
}
