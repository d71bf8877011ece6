// Scenarios of `postgres` about COPY.
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as after } from 'node:timers/promises'
import { must, mustFail } from '../scenario.js'
import { all, connected, usable } from './connect.js'

// Reads all that flows. An iterator would do, but postgres leaves its socket paused when COPY ends in the moment when the
// iterator has not taken what came before.
async function read(source) {
  const parts = []
  source.on('data', (part) => parts.push(part))
  await once(source, 'end')
  return Buffer.concat(parts)
}

const count = async (sql, table) => (await sql`select count(*)::int4 as n from ${sql(table)} where word = 'word ' || id`)[0].n

export async function copyIn() {
  await connected({}, async (sql) => {
    await all(sql, 'drop table if exists copied', 'create table copied (id int4, word text)')
    function* lines() {
      for (let i = 0; i < 20000; i++) yield `${i}\tword ${i}\n`
    }
    await pipeline(Readable.from(lines()), await sql`copy copied from stdin`.writable())
    must('rows', await count(sql, 'copied'), 20000)
  })
}

export async function copyOut() {
  await connected({}, async (sql) => {
    const source = await sql`copy (select i, 'word ' || i from generate_series(0, 19999) i) to stdout`.readable()
    const lines = (await read(source)).toString().split('\n')
    must('end', lines.pop(), '')
    must('lines', lines.length, 20000)
    lines.forEach((line, i) => must('line', line, `${i}\tword ${i}`))
    await usable(sql)
  })
}

export async function copyBinary() {
  await connected({}, async (sql) => {
    await all(sql, 'drop table if exists copied_binary', 'create table copied_binary (id int4, word text)')
    const source = await sql`copy (select i::int4, 'word ' || i from generate_series(1, 5000) i) to stdout (format binary)`.readable()
    const bytes = await read(source)
    await pipeline(Readable.from([bytes.subarray(0, 11), bytes.subarray(11)]),
      await sql`copy copied_binary from stdin (format binary)`.writable())
    must('rows', await count(sql, 'copied_binary'), 5000)
  })
}

export async function copyError() {
  await connected({}, async (sql) => {
    await all(sql, 'drop table if exists refused', 'create table refused (id int4)')
    // without end: postgres tells nobody of an error that comes after the last line. It sends a CopyFail behind the error,
    // which PostgreSQL ignores
    async function* bad() {
      yield '1\n'.repeat(3000) + 'no number\n'
      for (;;) {
        yield '2\n'.repeat(1000)
        await after(1)
      }
    }
    await mustFail('refused by the server', '22P02', pipeline(Readable.from(bad()), await sql`copy refused from stdin`.writable()))
    await usable(sql)
    function* broken() {
      yield '1\n2\n'
      throw new Error('the source broke')
    }
    await mustFail('given up by the client', /the source broke/,
      pipeline(Readable.from(broken()), await sql`copy refused from stdin`.writable()))
    await usable(sql)
    must('rows', (await sql`select count(*)::int4 as n from refused`)[0].n, 0)
    await mustFail('out of nowhere', '42P01', sql`copy nowhere to stdout`.readable())
    await usable(sql)
  })
}
