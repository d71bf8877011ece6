// Connections of `postgres`, and what its scenarios have in common.
import postgres from 'postgres'
import { must } from '../scenario.js'

// Lends a pool, of one connection if nothing else is said, to `work`, and closes it.
export async function connected(options, work) {
  const sql = postgres({ max: 1, onnotice: () => {}, ...options })
  try {
    return await work(sql)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

export async function all(sql, ...statements) {
  for (const statement of statements) await sql.unsafe(statement)
}

export async function usable(sql) {
  must('afterwards', (await sql`select 'still ' || ${'here'}::text as answer`)[0].answer, 'still here')
}
