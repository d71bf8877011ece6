// Connections of `pg`, and what its scenarios have in common.
import pg from 'pg'
import { must } from '../scenario.js'

// Opens a connection, lends it to `work`, and closes it, also one that is broken.
export async function connected(options, work) {
  const client = new pg.Client(options)
  client.on('error', () => {}) // also fails the statement, or the next one
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

export async function all(client, ...statements) {
  for (const statement of statements) await client.query(statement)
}

// The first row as an array.
export async function row(client, text, values, more) {
  return (await client.query({ text, values, rowMode: 'array', ...more })).rows[0]
}

export async function one(client, text, values, more) {
  return (await row(client, text, values, more))[0]
}

export async function usable(client) {
  must('afterwards', await one(client, "select 'still ' || $1::text", ['here']), 'still here')
}
