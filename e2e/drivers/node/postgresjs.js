// The scenarios of e2e/drivers/SCENARIOS with postgres (Postgres.js).
import { copyBinary, copyError, copyIn, copyOut } from './postgresjs/copies.js'
import { batch, batchError, cursor, large, prepared, types } from './postgresjs/queries.js'
import { cancel, errors, listen, login, reconnect, startup, timeout, transactions } from './postgresjs/sessions.js'
import { run } from './scenario.js'

await run(['postgres'], {
  login, startup, prepared, batch, 'batch-error': batchError, 'copy-in': copyIn, 'copy-out': copyOut, 'copy-binary': copyBinary,
  'copy-error': copyError, cancel, timeout, errors, reconnect, transactions, large, types, cursor, listen,
})
