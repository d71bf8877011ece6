// Traffic with the pool of pg as it comes: see "Traffic" in e2e/drivers/README.md.
import pg from 'pg'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'

const CLIENTS = Number(process.env.CLIENTS)
const THINK = 10
const RETRY = 100
const UPDATE = "update traffic_account set balance = balance + 1 where driver = 'node-pg' and client = $1"
const INSERT = "insert into traffic_ledger values ('node-pg', $1, $2)"

const counts = { committed: 0, broken: 0, refused: 0, connects: 0, wait: 0 }
const reasons = new Set()
let open = true

function print() {
  console.log('tally', Object.entries(counts).map(([name, value]) => `${name}=${value}`).join(' '))
  counts.wait = 0
}

function failed(kind, error) {
  counts[kind]++
  const reason = `${kind}: ${error}`
  if (!reasons.has(reason)) {
    reasons.add(reason)
    console.error(reason)
  }
}

const pool = new pg.Pool({ max: CLIENTS, connectionTimeoutMillis: 5000 })
pool.on('connect', (connection) => {
  counts.connects++
  connection.on('error', () => {}) // closed between two statements: the next one fails
})
pool.on('error', () => {}) // an idle connection was closed; the pool drops it

async function transaction(client, number, wanted) {
  let begun = false
  let connection
  try {
    connection = await pool.connect()
    await connection.query('BEGIN')
    begun = true
    counts.wait = Math.max(counts.wait, Math.round(performance.now() - wanted))
    await connection.query(UPDATE, [client])
    await pause(THINK)
    await connection.query({ name: 'entry', text: INSERT, values: [client, number] })
    await connection.query('COMMIT')
    counts.committed++
    connection.release()
    return true
  } catch (error) {
    failed(begun ? 'broken' : 'refused', error)
    connection?.release(error)
    await pause(RETRY)
    return false
  }
}

async function live(client) {
  let wanted = performance.now()
  for (let number = 0; open; number++) {
    if (await transaction(client, number, wanted)) {
      await pause(THINK)
      wanted = performance.now()
    }
  }
}

const all = Promise.all(Array.from({ length: CLIENTS }, (_, client) => live(client)))
for await (const _ of createInterface({ input: process.stdin })) print()
open = false
await all
await pool.end()
print()
