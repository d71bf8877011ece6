// The scenarios of e2e/drivers/SCENARIOS with pg, its pool, pg-cursor, pg-query-stream and pg-copy-streams.
import { copyBinary, copyError, copyIn, copyOut } from './pg/copies.js'
import { batch, batchError, cursor, large, prepared, types } from './pg/queries.js'
import { cancel, errors, listen, login, reconnect, startup, timeout, transactions } from './pg/sessions.js'
import { run } from './scenario.js'

await run(['pg', 'pg-cursor', 'pg-query-stream', 'pg-copy-streams'], {
  login, startup, prepared, batch, 'batch-error': batchError, 'copy-in': copyIn, 'copy-out': copyOut, 'copy-binary': copyBinary,
  'copy-error': copyError, cancel, timeout, errors, reconnect, transactions, large, types, cursor, listen,
})
