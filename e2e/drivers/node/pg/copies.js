// Scenarios of `pg-copy-streams`.
import { Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import { must, mustFail } from '../scenario.js'
import { all, connected, one, usable } from './connect.js'

export async function copyIn() {
  await connected({}, async (c) => {
    await all(c, 'drop table if exists copied', 'create table copied (id int4, word text)')
    function* lines() {
      for (let i = 0; i < 20000; i++) yield `${i}\tword ${i}\n`
    }
    const sink = c.query(copyFrom('copy copied from stdin'))
    await pipeline(Readable.from(lines()), sink)
    must('rows', sink.rowCount, 20000)
    must('rows', await one(c, "select count(*)::int4 from copied where word = 'word ' || id"), 20000)
  })
}

export async function copyOut() {
  await connected({}, async (c) => {
    const source = c.query(copyTo("copy (select i, 'word ' || i from generate_series(0, 19999) i) to stdout"))
    const lines = (await text(source)).split('\n')
    must('end', lines.pop(), '')
    must('lines', lines.length, 20000)
    lines.forEach((line, i) => must('line', line, `${i}\tword ${i}`))
    await usable(c)
  })
}

export async function copyBinary() {
  await connected({}, async (c) => {
    await all(c, 'drop table if exists copied_binary', 'create table copied_binary (id int4, word text)')
    const rows = "select i::int4, 'word ' || i from generate_series(1, 5000) i"
    const bytes = await buffer(c.query(copyTo(`copy (${rows}) to stdout (format binary)`)))
    const sink = c.query(copyFrom('copy copied_binary from stdin (format binary)'))
    await pipeline(Readable.from([bytes.subarray(0, 11), bytes.subarray(11)]), sink)
    must('rows', sink.rowCount, 5000)
    must('rows', await one(c, "select count(*)::int4 from copied_binary where word = 'word ' || id"), 5000)
  })
}

export async function copyError() {
  await connected({}, async (c) => {
    await all(c, 'drop table if exists refused', 'create table refused (id int4)')
    function* bad() {
      yield '1\n'.repeat(3000) + 'no number\n'
      for (let i = 0; i < 200; i++) yield '2\n'.repeat(1000)
    }
    await mustFail('refused by the server', '22P02', pipeline(Readable.from(bad()), c.query(copyFrom('copy refused from stdin'))))
    await usable(c)
    function* broken() {
      yield '1\n2\n'
      throw new Error('the source broke')
    }
    await mustFail('given up by the client', /the source broke/, pipeline(Readable.from(broken()), c.query(copyFrom('copy refused from stdin'))))
    await usable(c)
    must('rows', await one(c, 'select count(*)::int4 from refused'), 0)
    await mustFail('out of nowhere', '42P01', text(c.query(copyTo('copy nowhere to stdout'))))
    await usable(c)
    // without a stream, pg itself refuses to send
    await mustFail('no source', '57014', c.query('copy refused from stdin'))
    await usable(c)
  })
}
