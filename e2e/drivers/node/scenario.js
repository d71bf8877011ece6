// Runs the scenarios of a driver and prints a line for each.
import { deepStrictEqual } from 'node:assert'
import { createRequire } from 'node:module'
import { setTimeout as after } from 'node:timers/promises'
import { inspect } from 'node:util'

const LIMIT_MS = 60_000

// Whether a connection meets several servers: "1" that it must, "0" that it must not.
const pooled = process.env.POOLED

// Put behind a query: now and then it takes longer, so that clients of a small pool have to wait.
export const DAWDLE = ' from pg_sleep(case when random() < 0.1 then 0.01 else 0 end)'

// What fails, by its SQLSTATE.
export const FAILING = {
  'selec 1': '42601',
  'select * from nowhere': '42P01',
  'insert into keyed values (1)': '23505',
  "select 'x'::int4": '22P02',
  "do $$ begin raise 'own'; end $$": 'P0001',
  'select nothing_like_this(1)': '42883',
  'select 1/(i - 500) from generate_series(1, 1000) i': '22012',
}

export const SIZES = [1, 8191, 8192, 65536, 1 << 20, 8 << 20]

const short = (value) => inspect(value, { maxStringLength: 100, maxArrayLength: 20, breakLength: Infinity }).slice(0, 300)

// Demands that what came is what was asked for, in value and type.
export function must(what, got, want) {
  try {
    deepStrictEqual(got, want)
  } catch {
    throw new Error(`${what}: got ${short(got)}, want ${short(want)}`)
  }
}

// Demands a failure: with this code (a SQLSTATE or one of the driver's own), or one whose message matches.
export async function mustFail(what, wanted, promise) {
  let failure
  try {
    await promise
  } catch (e) {
    failure = e
  }
  if (!failure) throw new Error(`${what}: no failure, want ${wanted}`)
  const fits = wanted instanceof RegExp ? wanted.test(failure.message) : failure.code === wanted
  if (!fits) throw new Error(`${what}: got ${failure.code} ${short(failure.message)}, want ${wanted}`, { cause: failure })
}

// Runs n at once, waits for all of them, and throws the first failure.
export async function concurrently(n, work) {
  const ended = await Promise.allSettled(Array.from({ length: n }, (_, i) => work(i)))
  const failed = ended.find((one) => one.status === 'rejected')
  if (failed) throw failed.reason
}

// Waits for `work` and cancels it, again and again, as the first one may come before the statement.
export async function cancelling(cancel, work) {
  let running = true
  const loop = (async () => {
    for (;;) {
      await after(100)
      if (!running) return
      await cancel()
    }
  })()
  try {
    return await work
  } finally {
    running = false
    await loop
  }
}

// Counts the server processes that each connection met.
export class Servers {
  #met = new Map()

  add(connection, pid) {
    if (!this.#met.has(connection)) this.#met.set(connection, new Set())
    this.#met.get(connection).add(pid)
  }

  check() {
    const most = Math.max(...[...this.#met.values()].map((pids) => pids.size))
    if (pooled === '1' && most < 2) throw new Error('no connection met a second server, so nothing was shown')
    if (pooled === '0' && most !== 1) throw new Error(`a connection met ${most} servers without a pooler`)
  }
}

function versionOf(module) {
  return createRequire(import.meta.url)(`./node_modules/${module}/package.json`).version
}

// Runs all, one after the other, and ends the program. What fails outside of any promise is a failure of the scenario that
// runs. One that hangs ends all at once.
export async function run(modules, scenarios) {
  console.log(`version ${modules.map((module) => `${module} ${versionOf(module)}`).join(', ')} (Node.js ${process.versions.node})`)
  let astray
  process.on('unhandledRejection', (e) => { astray ??= e })
  process.on('uncaughtException', (e) => { astray ??= e })
  for (const [name, work] of Object.entries(scenarios)) {
    astray = undefined
    const late = setTimeout(() => {
      console.log(`not ok ${name} - no end after ${LIMIT_MS / 1000} s`)
      process.exit(1)
    }, LIMIT_MS)
    try {
      await work()
      await after(0) // what was thrown astray at the very end is heard of now
      if (astray) throw astray
      console.log(`ok ${name}`)
    } catch (e) {
      console.error(name, e)
      console.log(`not ok ${name} - ${String(e).replaceAll('\n', ' ')}`)
    } finally {
      clearTimeout(late)
    }
  }
  process.exit(0)
}
