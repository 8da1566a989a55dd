/** Receipts for collectors in other processes: whoever holds a receipt may ask for it, and needs no token. */

import { Hono } from 'hono'
import type { Logger } from 'pino'
import { answerError, notFound, type RequestVariables, requestId } from '../../infra/listeners/http.ts'
import type { Cache } from '../../infra/ports/cache.ts'
import { Fault } from '../../schemas/fault.ts'
import { ReceiptId } from '../../schemas/ids.ts'
import type { ReceiptState } from '../../schemas/receipt.ts'

export interface ReceiptsAppDeps {
  readonly lookUpReceipt: (receipt: ReceiptId) => Promise<ReceiptState | undefined>
  readonly cache: Pick<Cache, 'take'>
  readonly log: Logger
  /** Questions a second, of all together: each collector limits its own visitors before that. */
  readonly perSecond?: number
}

/** `GET /receipts/:id`: 200 with what became of it, 404 for one that is not known, or not yet. */
export function receiptsApp({ lookUpReceipt, cache, log, perSecond = 200 }: ReceiptsAppDeps) {
  const app = new Hono<{ Variables: RequestVariables }>()
  app.use(requestId)
  app.onError(answerError(log))
  app.notFound(notFound)
  return app.get('/receipts/:id', async (context) => {
    context.header('Cache-Control', 'no-store')
    if (!(await cache.take('receipts', perSecond, 1)))
      throw new Fault('rate_limited', 'too many receipts are asked for; ask again in a moment')
    const receipt = ReceiptId.safeParse(context.req.param('id'))
    const state = receipt.success ? await lookUpReceipt(receipt.data) : undefined
    if (!state) throw new Fault('not_found', 'that receipt is not known, or not yet')
    return context.json(state, 200)
  })
}
