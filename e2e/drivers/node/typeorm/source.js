// Data sources of TypeORM over `pg`, the entities, and what the scenarios have in common.
import { DataSource, EntitySchema } from 'typeorm'
import { must } from '../scenario.js'

export const Person = new EntitySchema({
  name: 'Person',
  columns: {
    id: { type: 'int', primary: true, generated: true },
    name: { type: 'text', unique: true },
    version: { type: 'int', version: true },
  },
  relations: { letters: { type: 'one-to-many', target: 'Letter', inverseSide: 'person', cascade: ['insert'] } },
})

export const Letter = new EntitySchema({
  name: 'Letter',
  columns: { id: { type: 'int', primary: true, generated: true }, text: { type: 'text' } },
  relations: { person: { type: 'many-to-one', target: 'Person', inverseSide: 'letters', onDelete: 'CASCADE' } },
})

export const Typed = new EntitySchema({
  name: 'Typed',
  columns: {
    id: { type: 'uuid', primary: true },
    truth: { type: 'bool' },
    small: { type: 'int2' },
    big: { type: 'int8' },
    exact: { type: 'numeric', precision: 20, scale: 5 },
    near: { type: 'float8' },
    text: { type: 'text' },
    day: { type: 'date' },
    at: { type: 'timestamptz' },
    numbers: { type: 'int4', array: true },
    words: { type: 'text', array: true },
    document: { type: 'jsonb' },
    span: { type: 'int4range' },
    address: { type: 'inet' },
    raw: { type: 'bytea' },
    kind: { type: 'enum', enum: ['one', 'other'] },
    nothing: { type: 'text', nullable: true },
  },
})

// Opens a pool, lends it to `work`, and closes it. `extra` are options of `pg`.
export async function sourced(extra, work, options) {
  const source = new DataSource({
    type: 'postgres',
    host: process.env.PGHOST, port: Number(process.env.PGPORT), database: process.env.PGDATABASE,
    username: process.env.PGUSER, password: process.env.PGPASSWORD,
    entities: [Person, Letter, Typed], poolSize: 8, poolErrorHandler: () => {}, installExtensions: false,
    extra, ...options,
  })
  await source.initialize()
  try {
    return await work(source)
  } finally {
    await source.destroy()
  }
}

// Lends a connection of the pool to `work`.
export async function connected(source, work) {
  const runner = source.createQueryRunner()
  await runner.connect()
  try {
    return await work(runner)
  } finally {
    await runner.release()
  }
}

export async function one(asked, sql, values) {
  const [row] = await asked.query(sql, values)
  return Object.values(row)[0]
}

export async function all(asked, ...statements) {
  for (const statement of statements) await asked.query(statement)
}

export async function usable(asked) {
  must('afterwards', await one(asked, "select 'still ' || $1::text as answer", ['here']), 'still here')
}
