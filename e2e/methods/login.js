// Logs in with pg as libpq's environment variables say, and tells who PostgreSQL takes it for.
//
// login.js FOLDER: where node_modules is. Of the variables for TLS pg reads only some; the others become its options here.
const { readFileSync } = require('node:fs')
const { createRequire } = require('node:module')
const pg = createRequire(`${process.argv[2]}/package.json`)('pg')

const { PGSSLMODE, PGSSLROOTCERT, PGSSLCERT, PGSSLKEY, PGCHANNELBINDING, PGSSLNEGOTIATION } = process.env
const read = (path) => (path ? readFileSync(path) : undefined)
const ssl = PGSSLMODE === 'disable' ? false : { ca: read(PGSSLROOTCERT), cert: read(PGSSLCERT), key: read(PGSSLKEY) }
const isBound = PGCHANNELBINDING === 'require'

async function login() {
  const client = new pg.Client({ ssl, sslnegotiation: PGSSLNEGOTIATION, enableChannelBinding: isBound, connectionTimeoutMillis: 30_000 })
  let mechanism
  client.connection.on('authenticationSASLContinue', () => { mechanism ??= client.saslSession.mechanism })
  await client.connect()
  const { rows } = await client.query('select current_user::text as name')
  await client.end()
  // pg prefers channel binding, but cannot demand it
  if (isBound && mechanism !== 'SCRAM-SHA-256-PLUS') throw new Error(`logged in by ${mechanism}`)
  return rows[0].name
}

login().then((name) => console.log('user', name), (e) => console.log('refused', e.code, e.message))
