// The scenarios of e2e/drivers/SCENARIOS with TypeORM over pg: entities, its query builder, and plain SQL.
import { run } from './scenario.js'
import { errors, login, reconnect, startup, timeout, transactions } from './typeorm/sessions.js'
import { batch, batchError, cursor, large, prepared, types } from './typeorm/statements.js'

await run(['typeorm', 'pg'], {
  login, startup, prepared, batch, 'batch-error': batchError, timeout, errors, reconnect, transactions, large, types, cursor,
})
